"""nbgrader's converters as `course grade` uses them: for one submission, in one of its threads."""

import os

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter


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
    """nbgrader's GenerateFeedback."""
