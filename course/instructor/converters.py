"""nbgrader's converters as `course grade` uses them: for one submission, in one of its threads.

They do what nbgrader's own do. What those make anew each time, and what is the same for the whole
class, is kept here for the next submission.
"""

import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterator

import nbgrader.api
from jinja2 import Environment, pass_context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from traitlets import default

KEPT = 500  # coloured cells and set texts: the course's own, and a student's for a while
WITHOUT_ALT = re.compile(r"<img (?![^>]*\balt=)")
NO_ALT = '<img alt="No description has been provided for this image" '


@contextlib.contextmanager
def gradebook_at_hand() -> Iterator[None]:
    """Let nbgrader open a gradebook that exists without looking for each table, by one engine.

    It opens it a dozen times for a submission. A new engine compiles each query again, which takes
    half of nbgrader's time, so the first one stays.
    """
    create, tables = nbgrader.api.create_engine, nbgrader.api.Base.metadata
    nbgrader.api.create_engine = functools.cache(create)
    tables.create_all = lambda bind: None
    try:
        yield
    finally:
        nbgrader.api.create_engine = create
        del tables.create_all


class AutogradeOne(Autograde):
    """nbgrader's Autograde, but the environment, which all threads share, is left alone."""

    def convert_single_notebook(self, notebook_filename: str) -> None:
        self._step(notebook_filename, sanitizing=True)
        name = os.path.basename(notebook_filename)
        self._step(os.path.join(self.writer.build_directory, name), sanitizing=False)

    def _step(self, notebook_filename: str, sanitizing: bool) -> None:
        self._sanitizing = sanitizing
        self._init_preprocessors()
        try:
            BaseConverter.convert_single_notebook(self, notebook_filename)
        finally:
            self._sanitizing = True


class FeedbackForOne(GenerateFeedback):
    """nbgrader's GenerateFeedback, of which one object writes any number of pages."""

    @default("exporter_class")
    def _exporter_class_default(self) -> type:
        return PageExporter

    def start(self) -> None:
        """Write the page of the student whom ``coursedir`` names."""
        self.init_notebooks()
        if not self.trait_has_value("exporter"):
            self.writer = FilesWriter(parent=self, config=self.config)
            self.exporter = self.exporter_class(parent=self, config=self.config)
            for preprocessor in self.preprocessors:
                self.exporter.register_preprocessor(preprocessor)
        self.convert_notebooks()


class PageExporter(HTMLExporter):
    """nbconvert's HTMLExporter, which sets what recurs in a class's notebooks once."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: object
    ) -> tuple[str, dict]:
        """What HTMLExporter does, but the finished page is not parsed to add a few attributes."""
        resources = self._init_resources(resources)
        self._nb_metadata.clear()  # of the page before
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        widgets = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("highlight_code", self._highlight(lexer))
        self.register_filter("filter_data_type", widgets)
        html, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kwargs)
        return WITHOUT_ALT.sub(NO_ALT, html), resources

    def _highlight(self, lexer: str | None) -> Callable[..., str]:
        if lexer not in self._highlighters:
            highlight = Highlight2HTML(pygments_lexer=lexer, parent=self)
            self._highlighters[lexer] = functools.lru_cache(KEPT)(highlight)
        kept = self._highlighters[lexer]
        return lambda source, language=None, metadata=None: kept(source, language)

    @functools.cached_property
    def _highlighters(self) -> dict[str | None, Callable[..., str]]:
        return {}

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.filters["markdown2html"] = _remember_texts(environment.filters["markdown2html"])
        return environment


def _remember_texts(set_text: Callable[..., str]) -> Callable[..., str]:
    """The filter, which sets each Markdown text once, if it has no pictures attached."""
    known: dict[str, str] = {}

    @pass_context
    def filtered(context: object, text: str) -> str:
        if context.get("cell", {}).get("attachments"):
            return set_text(context, text)
        if text not in known:
            if len(known) >= KEPT:
                known.clear()
            known[text] = set_text(context, text)
        return known[text]

    return filtered
