"""Pages on which a student's words are harmless: the Formgrader's and the feedback's.

Markdown may hold any HTML, and in an instructor's browser a script acts with the instructor's
rights, on the Formgrader as on all files. nbconvert's own `sanitize_html` covers outputs alone:
nbgrader's templates show Markdown as it is. So the templates' filters are replaced, through
`HTMLExporter.filters` in nbgrader_config.py, by ones that let through what course texts need and
show all other HTML as text. Nothing is loaded from elsewhere, not even a picture: an address alone
can do harm, to the Formgrader's own pages for one.

Files of a submission that the Formgrader serves, and the folder it takes its settings from, are
looked after by `protect_formgrader`.
"""

import re
import sys
from functools import cache
from pathlib import Path

from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from markupsafe import escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

LONGEST = 20_000  # characters of one text; longer ones are shown as they were typed
DEEPEST = 100  # elements in elements; what writes the page goes down step by step
PREFIX = "text-"  # before every id, so that none is the Formgrader's

TAGS = frozenset([
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div",
    "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins",
    "kbd", "li", "mark", "ol", "p", "pre", "progress", "q", "s", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
    "var",
])  # fmt: skip
ATTRIBUTES = {
    "a": {"title"},
    "details": {"open"},
    "img": {"alt", "title", "width", "height"},
    "input": {"disabled", "checked"},
    "ol": {"start"},
    "progress": {"max", "value", "style"},
    "td": {"align", "colspan", "rowspan", "style"},
    "th": {"align", "colspan", "rowspan", "style"},
}
CLASS = re.compile(r"(highlight|anchor-link|task-list-item(-checkbox)?|[a-z]{1,2}[a-z0-9]?)( |$)")
LINK = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
PICTURE = re.compile(
    r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*|(?!\.)[\w-][\w .-]*\.(png|jpe?g|gif)",
    re.IGNORECASE,
)


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return CLASS.sub("", value) == ""
    if name == "href":
        return tag == "a" and bool(LINK.match(value))
    if name == "src":
        return tag == "img" and bool(PICTURE.fullmatch(value))
    if name == "type":
        return tag == "input" and value == "checkbox"
    return name == "id" or name in ATTRIBUTES.get(tag, ())


class _Apart(Filter):
    """Keep ids apart from the page's own, and count how deep elements stand in elements."""

    def __iter__(self):
        depth = 0
        for token in super().__iter__():
            kind = token["type"]
            depth += (kind == "StartTag") - (kind == "EndTag")
            if depth > DEEPEST:
                raise ValueError(f"elements in elements, more than {DEEPEST} of them")
            data = token.get("data")
            if kind in ("StartTag", "EmptyTag") and isinstance(data, dict):
                self._rename(data)
            yield token

    def _rename(self, attributes: dict) -> None:
        if (None, "id") in attributes:
            attributes[None, "id"] = PREFIX + attributes[None, "id"]
        if attributes.get((None, "href"), "").startswith("#"):
            attributes[None, "href"] = f"#{PREFIX}{attributes[None, 'href'][1:]}"


@cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align", "width"]),
        filters=[_Apart],
    )


def clean(html: str | bytes) -> str:
    """HTML of which only harmless elements are left; all others are shown as text."""
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else str(html)
    try:
        return _cleaned(text)
    except (ValueError, RecursionError):
        return _as_typed(text)


def _cleaned(html: str) -> str:
    """Raises ValueError where cleaning would take long, or the result could not be handled."""
    if len(html) > 5 * LONGEST:
        raise ValueError(f"more than {5 * LONGEST} characters of HTML")
    return _cleaner().clean(html)


def _as_typed(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


class _Renderer(IPythonRenderer):
    """A picture that is not there is its description; nbconvert gives up the page instead."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        kind, _, name = url.partition(":")
        if kind == "attachment" and name not in self.attachments:
            return f"[no picture: {escape(text or url)}]"
        return super().image(text, url, title)


@pass_context
def markdown(context, text: str) -> str:
    """nbconvert's filter `markdown2html`, with harmless HTML as its result."""
    pictures = {
        name: kept
        for name, bundle in context.get("cell", {}).get("attachments", {}).items()
        if (kept := {kind: bundle[kind] for kind in ("image/png", "image/jpeg") if kind in bundle})
    }
    renderer = _Renderer(escape=False, attachments=pictures)
    try:
        if len(text) > LONGEST:
            raise ValueError(f"more than {LONGEST} characters of Markdown")
        return _cleaned(MarkdownWithMath(renderer=renderer).render(text))
    except (ValueError, RecursionError):
        return _as_typed(text)


# --- the Formgrader's server ----------------------------------------------------------------------

HANDLERS = "nbgrader.server_extensions.formgrader.handlers"


def protect_formgrader() -> None:
    """Keep a submission's files from acting in the server that shows them; once more does no harm.

    Does nothing in a process that is not such a server.
    """
    handlers = sys.modules.get(HANDLERS)
    if handlers and handlers.FormgraderHandler.get.__module__ != __name__:
        handlers.SubmissionFilesHandler.set_extra_headers = _in_a_sandbox
        handlers.FormgraderHandler.get = _from_own_folders(handlers.FormgraderHandler.get)


def _in_a_sandbox(self, path: str) -> None:
    """A page that a student handed in may be looked at, but runs nothing and is nobody."""
    self.set_header("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'")
    self.set_header("X-Content-Type-Options", "nosniff")


def _from_own_folders(get):
    """The Formgrader runs the nbgrader_config.py of any folder that a link to it names."""

    def guarded(self):
        from tornado.web import HTTPError

        folder = self.get_argument("path", "")
        root = Path(self.settings["nbgrader_formgrader"].root_dir).resolve()
        if folder and not _is_own(Path(folder).resolve(), root, self.coursedir):
            raise HTTPError(403, "no course folder of yours")
        return get(self)

    return guarded


def _is_own(folder: Path, root: Path, coursedir) -> bool:
    """Whether it is among the instructor's files, and not what students handed in."""
    handed_in = {
        coursedir.submitted_directory,
        coursedir.autograded_directory,
        coursedir.feedback_directory,
    }
    return folder.is_relative_to(root) and not handed_in & set(folder.relative_to(root).parts)
