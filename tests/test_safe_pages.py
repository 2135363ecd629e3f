"""No script of a student runs in the pages of an instructor: Formgrader, feedback, JupyterLab.

One submission full of payloads, looked at in a real browser. Each payload would set `window.pwned`,
ask for the address PWNED, or change what the Formgrader works with.
"""

import base64
import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from playwright.sync_api import expect

from course.instructor import pages
from course.instructor.grade import Grader, grade
from tests.browser import TOKEN, jupyter_lab, new_page, open_notebook
from tests.test_grading import CHAPTER, answered, hand_in, make_course

RUN = "window.pwned = 1"
PWNED = "/formgrader/api/pwned"
SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'><script>{RUN}</script></svg>"
SVG_64 = base64.b64encode(SVG.encode()).decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
FETCH = f"fetch('{PWNED}', {{method: 'PUT'}})"

MARKDOWN = [
    f"<script>{RUN}</script>",
    f"<script>{FETCH}</script>",
    f'<img src="x" onerror="{RUN}">',
    f"<img src='x' onerror='{FETCH}'>",
    f"<img src=x onerror={RUN.replace(' ', '')}//",
    f"<svg onload='{RUN}'></svg>",
    f"<svg><a xlink:href='javascript:{RUN}'><text>click</text></a></svg>",
    f"<math><maction actiontype='statusline' xlink:href='javascript:{RUN}'>click</maction></math>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f"<iframe src='javascript:parent.{RUN}'></iframe>",
    f"<iframe src='{PWNED}'></iframe>",
    f"<object data='data:text/html,<script>parent.{RUN}</script>'></object>",
    f"<embed src='data:image/svg+xml;base64,{SVG_64}'>",
    f"<body onload='{RUN}'>",
    f"<details open ontoggle='{RUN}'>details</details>",
    f"<input autofocus onfocus='{RUN}'>",
    f"<video><source onerror='{RUN}'></video>",
    f"<style>@import '{PWNED}'; body {{display: none}}</style>",
    f"<link rel='stylesheet' href='{PWNED}'>",
    f"<meta http-equiv='refresh' content='0; url={PWNED}'>",
    "<base href='http://pwned.invalid/'>",
    f"<form action='{PWNED}' method='post'><button>Full credit</button></form>",
    f"<div style='background: url({PWNED}); position: fixed; inset: 0'>cover</div>",
    f"<a href='javascript:{RUN}'>click</a> <a href='java\tscript:{RUN}'>click</a>",
    f"[click](javascript:{RUN}) [click](data:text/html,<script>{RUN}</script>)",
    f"![picture]({PWNED}) ![picture](/formgrader?path=pwned) ![picture](../../../pwned.png)",
    "![picture](http://pwned.invalid/x.png)",
    "![picture](attachment:picture.svg) ![picture](attachment:missing.png)",
    f'![picture](x"onerror="{RUN}) ![x" onerror="{RUN}](y)',
    rf"$\href{{javascript:{RUN}}}{{click}}$ $\unicode{{<img src=x onerror={RUN}>}}$",
    rf"$$\style{{background: url({PWNED})}}{{x}}$$ $\require{{pwned}}$",
    f"$<img src=x onerror='{RUN}'>$ `<img src=x onerror='{RUN}'>`",
    f"```<script>{RUN}</script>\n<script>{RUN}</script>\n```",
    f"# <img src=x onerror='{RUN}'> heading",
    "# written_inverse\n\n<div id='written_inverse' class='score'></div>",
    "<div id='MathJax'></div><form id='formgrader'><input name='grades'></form>",
    f"</div></div></div></div><script>{RUN}</script>",
    f"<!--><script>{RUN}</script>--> <![CDATA[<script>{RUN}</script>]]>",
    f"<noscript><p title=\"</noscript><img src=x onerror='{RUN}'>\">",
    f"<textarea></textarea><img src=x onerror='{RUN}'>",
    f"<template><script>{RUN}</script></template>",
    f"<x data-toggle='tooltip' data-html='true' title='<img src=x onerror={RUN}>'>hover</x>",
    f'```mermaid\ngraph TD; A-->B; click A "javascript:{RUN}"\n```',
]

DATA = [
    {"text/html": f"<script>{RUN}</script>"},
    {"text/html": f"<img src=x onerror='{RUN}'>"},
    {"text/markdown": f"<script>{RUN}</script>"},
    {"text/latex": rf"$\href{{javascript:{RUN}}}{{click}}$"},
    {"application/javascript": RUN},
    {"application/javascript": FETCH},
    {"image/svg+xml": SVG},
    {"image/png": f'x" onerror="{RUN}'},
    {"image/png": SVG_64},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>" + RUN}},
    {"application/vnd.vega.v5+json": {"signals": [{"init": RUN}]}},
    {"text/plain": f"<script>{RUN}</script>"},
]

CODE = f"""
from IPython.display import display
for data in {DATA!r}:
    display(data, raw=True)
wide = {{"image/png": {{"width": "1 onerror={RUN}"}}}}
display({{"image/png": "{PNG}"}}, raw=True, metadata=wide)
print("<script>{RUN}</script>\\x1b[31m<img src=x onerror='{RUN}'>")
raise type("<script>{RUN}</script>", (Exception,), {{}})("<img src=x onerror='{RUN}'>")
"""


def payloads():
    """A notebook of which each cell is a payload, the answers among them."""
    nb = answered(
        double=f"raise ValueError('<script>{RUN}</script>')", written="\n\n".join(MARKDOWN)
    )
    pictures = {"picture.svg": {"image/svg+xml": SVG_64}}
    for number, text in enumerate(MARKDOWN):
        nb.cells.append(new_markdown_cell(text, id=f"m-{number}", attachments=pictures))
    nb.cells.append(new_code_cell(CODE, id="outputs"))
    nb.cells.append(nbformat.v4.new_raw_cell(f"<script>{RUN}</script>", id="raw"))
    nb.cells[-1].metadata.raw_mimetype = "text/html"
    nb.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"x": "</script>"}}
    nb.metadata.title = f"</title><script>{RUN}</script>"
    return nb


def with_outputs_of_any_origin(path):
    """Put the payloads into an autograded notebook as it was before anyone looked at outputs."""
    nb = nbformat.read(path, as_version=4)
    outputs = [new_output("display_data", data=data) for data in DATA]
    wide = {"image/png": {"width": f"1 onerror={RUN}", "height": f"1 onerror={RUN}"}}
    outputs.append(new_output("display_data", data={"image/png": PNG}, metadata=wide))
    nb.cells.append(new_code_cell("old()", id="old", outputs=outputs))
    os.chmod(path, 0o644)
    nbformat.write(nb, path)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with that one submission, graded, and pages in its folder."""
    root = make_course(tmp_path_factory.mktemp("pages") / "course")
    hand_in(root, "mallory", payloads())
    hand_in(root, "mallory", f"<script>document.title = 'pwned'; {RUN}</script>", "page.html")
    hand_in(root, "mallory", SVG, "picture.svg")
    hand_in(root, "mallory", "open('pwned', 'w')", "nbgrader_config.py")
    (result,) = grade(CHAPTER, root=root)
    assert (result.score, result.problems) == (2, [])
    with_outputs_of_any_origin(root / "autograded" / "mallory" / CHAPTER / f"{CHAPTER}.ipynb")
    with Grader(root, CHAPTER) as grader:
        api = NbGraderAPI(grader.coursedir, parent=grader.app)
        assert api.generate_feedback(CHAPTER, "mallory", force=True)["success"]
    return root


def submission_id(root):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "attention") as gradebook:
        return gradebook.find_submission_notebook(CHAPTER, CHAPTER, "mallory").id


@pytest.fixture
def page():
    """A page, and at its end the proof that nothing ran in it and nothing was asked for."""
    with new_page() as page:
        asked = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        page.on("dialog", lambda dialog: asked.append(f"pwned {dialog.message}"))
        yield page
        assert page.evaluate("window.pwned") is None
        assert not [each for each in asked if "pwned" in each or "path=" in each]


def try_everything(page):
    """What a person may do with a page without leaving it."""
    for link in page.locator("#notebook a").all():
        target = link.get_attribute("href") or "#"
        assert target.startswith(("http://", "https://", "#", "mailto:")), target
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait_for_timeout(500)
    assert page.evaluate("window.pwned") is None


def test_feedback(course, page):
    page.goto((course / "feedback" / "mallory" / CHAPTER / f"{CHAPTER}.html").as_uri())
    try_everything(page)
    expect(page.locator("h4")).to_contain_text("Score: 2.0 / 9.0")
    expect(page.locator("body")).to_contain_text(f"<script>{RUN}</script>")
    expect(page.locator("iframe, object, embed, form, svg, style:not(head style)")).to_have_count(0)


@pytest.mark.slow
def test_formgrader(course, tmp_path, page):
    number = submission_id(course)
    with jupyter_lab(course, tmp_path, {}) as address:
        page.goto(f"{address}/formgrader?token={TOKEN}")
        page.goto(f"{address}/formgrader/submissions/{number}/")
        page.wait_for_function("formgrader.loaded && formgrader.grades.loaded")
        page.wait_for_function("document.querySelectorAll('.MathJax').length > 0")
        try_everything(page)
        expect(page.locator("#notebook iframe, #notebook form, #notebook svg")).to_have_count(0)
        score = page.locator("#written_inverse")
        score.fill("1")
        with page.expect_response("**/formgrader/api/grade/*"):
            score.press("Tab")

        for file in ("page.html", "picture.svg"):
            page.goto(f"{address}/formgrader/submissions/{number}/{file}")
            page.wait_for_timeout(300)
            assert page.title() != "pwned"
            assert page.evaluate("window.pwned") is None


@pytest.mark.slow
def test_jupyterlab(course, tmp_path):
    """JupyterLab cleans Markdown itself, but shows its pictures: they may be asked for, no more."""
    with jupyter_lab(course, tmp_path, {}) as address, new_page() as page:
        acted = []
        page.on("request", lambda request: request.method == "PUT" and acted.append(request.url))
        open_notebook(page, address, f"autograded/mallory/{CHAPTER}/{CHAPTER}.ipynb")
        assert page.evaluate("window.pwned") is None
        assert not [url for url in acted if "pwned" in url]


@pytest.mark.slow
def test_the_formgrader_runs_no_settings_of_a_student(course, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("open('pwned', 'w')")
    folders = [course / "submitted" / "mallory" / CHAPTER, tmp_path]
    with jupyter_lab(course, tmp_path, {}) as address, new_page() as page:
        for folder in folders:
            answer = page.goto(f"{address}/formgrader?token={TOKEN}&path={folder}")
            assert answer.status == 403
        answer = page.goto(f"{address}/formgrader?path={course}")
        assert answer.status == 200
    assert not [*course.rglob("pwned"), *tmp_path.rglob("pwned")]


@pytest.mark.parametrize("text", ["<div>" * 4000, "*a_" * 6000, "a" * 30_000, "[" * 15_000])
def test_a_text_that_is_too_much_is_shown_as_it_was_typed_or_as_html(text):
    html = pages.markdown({}, text)
    assert len(html) < 10 * len(text)
    assert "<div><div><div>" not in html
