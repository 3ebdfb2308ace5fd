"""Where an executor asks whoever proposed a call to do it: ``gs.call``; answers go to the request's reply subject.

Core messages, not stored. The tokens in front let the server see to it that an agent hears of its own intents alone; a
worker that does anybody's calls is asked on ``gs.tool`` (docs/reference/workers.md). Pure.
"""


def proposer(tenant: str, agent: str, intent: str, verb: str) -> str:
    """The subject of a request to ``run`` or to ``cancel`` the call of one intent. The tokens have been checked."""
    return f"gs.call.{tenant}.{agent}.{intent}.{verb}"
