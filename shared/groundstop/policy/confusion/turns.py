"""Does an answer heed the request it answers? A cautious look at words alone."""

from groundstop.policy.confusion.step import prose


def ignores_request(request: str, response: str) -> bool:
    """True when both are prose of some length and share no word that means anything.

    Words are compared by their first five letters, so that "booking" answers "book". Short answers, and answers in
    another alphabet than the request, are never said to ignore it.
    """
    asked, answered = _stems(request), _stems(response)
    return bool(asked and answered) and not asked & answered


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in prose(text) if len(word) > 2)
