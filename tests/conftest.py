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
        rejected, told = sum(j["fails"] for j in wrong), sum(j["told"] for j in wrong)
        accepted = sum(not j["fails"] for j in correct)
        terminalreporter.write_line(
            f"answer bank: {rejected} of {len(wrong)} wrong answers rejected, "
            f"{accepted} of {len(correct)} correct ones accepted; "
            f"{told} wrong ones are told so by a visible test, "
            f"{sum(j['named'] for j in wrong)} have their mistake named."
        )
