"""Grading in two processes: the student's, in a sandbox, and the judge's, which runs the tests."""
