"""policy calibrate: what thresholds of confidence would keep a stated tolerance, as a patch to review."""

from pathlib import Path
from typing import Annotated

import typer
from groundstop.backtest.calibrate import patch, suggestions
from groundstop.cli.asking import asker, settings_or_fail, trying_a_policy
from groundstop.cli.common import AsJson, Data, hints, print_json
from groundstop.cli.lookback import Since, since_of
from groundstop.clock import Clock
from groundstop.policy import default_policy, load_policy


def calibrate(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Policy file to start from. Default: the built-in policy."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Tolerated share of wrong calls among those that no person sees.")
    ] = 0.05,
    since: Since = "30d",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Suggest confidence thresholds per action type from recorded outcomes. Prints a patch; publishes nothing.

    Evaluate the patch before you publish it: [bold]groundstop policy backtest[/].
    """
    dsn, now = settings_or_fail(data, json).clickhouse_dsn, Clock()()
    with trying_a_policy(json):
        policy = load_policy(file.read_text("utf-8")) if file else default_policy()
        span = f"since = '{since_of(since, now):%Y-%m-%d %H:%M:%S}', until = '2199-01-01 00:00:00'"
        sql = f"SELECT action_type, bin, sum(intents), sum(right) FROM metrics.calibration_in({span}) GROUP BY 1, 2"
        rows = [(str(action), int(number), int(n), int(right)) for action, number, n, right in asker(dsn)(sql)]
    made = suggestions(rows, policy, tolerance)
    text = patch(made, policy, tolerance)
    if json:
        shown = [
            {"action_type": one.action_type, "judged": one.judged, "now": one.now, "high": one.high,
             "wrong_at_most": None if one.high >= 1 else round(one.wrong_at_most, 4)}
            for one in made
        ]  # fmt: skip
        print_json({"tolerance": tolerance, "suggestions": shown, "patch": text})
        return
    print(text, end="")
    if not text:
        hints.print("nothing to change: the thresholds keep the tolerance, or too little is recorded to tell")
