"""What the tests share: the score of the answer bank, printed at the end of a run."""


def pytest_terminal_summary(terminalreporter):
    """Sum up what `test_bank.py` recorded of each answer, in whichever process it ran."""
    everything = [report for group in terminalreporter.stats.values() for report in group]
    calls = [report for report in everything if getattr(report, "when", "") == "call"]
    properties = [dict(report.user_properties) for report in calls]
    judged = [p["bank"] for p in properties if "bank" in p]
    wrong = [j for j in judged if j["kind"] == "wrong"]
    correct = [j for j in judged if j["kind"] == "correct"]
    if wrong:
        terminalreporter.write_line(
            f"answer bank: {sum(j['fails'] for j in wrong)} of {len(wrong)} wrong answers rejected, "
            f"{sum(not j['fails'] for j in correct)} of {len(correct)} correct ones accepted; "
            f"{sum(j['told'] for j in wrong)} wrong ones are told so by a visible test."
        )
