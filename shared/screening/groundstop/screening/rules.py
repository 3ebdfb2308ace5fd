"""Injection rules: what text says when it gives orders to the assistant that reads it.

A rule runs only where one of its needles occurs in the lower-cased text. `sources` limits a rule to where its wording is
never legitimate: a user may write "from now on answer in French", a tool output may not.
"""

# ruff: noqa: E501 - one rule a line reads as a table

from __future__ import annotations

import re
from dataclasses import dataclass

from groundstop.screening.findings import SOURCES, Severity, Source


@dataclass(frozen=True, slots=True)
class Rule:
    """A named wording. `confidence` at or above 0.5 flags by itself."""

    name: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    confidence: float
    severity: Severity
    sources: frozenset[Source]
    before: re.Pattern[str] | None = (
        None  # what must stand before the hit in its sentence; cheaper than a leading verb list
    )


_DOCUMENT: tuple[Source, ...] = ("tool_output", "argument")
_NOT_DESCRIPTION: tuple[Source, ...] = ("tool_output", "argument", "user_turn", "agent_turn")
_ALL = SOURCES


def _rule(
    name: str,
    needles: str,
    pattern: str,
    confidence: float,
    severity: Severity,
    sources: tuple[Source, ...],
    before: str = "",
) -> Rule:
    compiled = re.compile(pattern, re.IGNORECASE)
    lead = re.compile(before, re.IGNORECASE) if before else None
    return Rule(name, tuple(needles.split("|")), compiled, confidence, severity, frozenset(sources), lead)


_PRIOR = r"(?:previous|prior|above|preceding|earlier|foregoing|former|initial|original|existing|current|past|system|given|safety|your|all|(?:the|these|those|any|every)\s+(?:above|previous|prior|earlier|system|safety|preceding|initial|original|following)|of the|of these|of your)"
_ORDERS = r"(?:instructions?|prompts?|directions?|directives?|guidelines?|rules?|commands?|orders?|context|programming|training|restrictions?|constraints?|polic(?:y|ies)|messages?|conversation|information|text|tasks?|requests?|guardrails?|filters?)"
_FORGET = r"(?:ignore|disregard|forget|override|overrule|bypass|neglect|discard|dismiss|abandon|skip|drop|erase|delete|stop following|do not (?:follow|obey|listen to)|don'?t (?:follow|obey|listen to)|pay no attention to|set aside|overlook|violate|break)"

RULES: tuple[Rule, ...] = (
    _rule("override_instructions", "ignor|disregard|forget|overrid|overrul|bypass|neglect|discard|dismiss|abandon|skip|drop|erase|delete|follow|obey|listen|attention|set aside|overlook|violate|break", rf"\b{_FORGET}\b[^.\n]{{0,48}}?\b{_PRIOR}\s+(?:\w+\s+){{0,2}}?{_ORDERS}\b", 0.95, "high", _ALL),
    _rule("override_everything", "ignor|disregard|forget", r"\b(?:ignore|disregard|forget)\s+(?:everything|all(?:\s+of)?(?:\s+(?:that|the))?|what(?:ever)?|anything)\s+(?:you|i|we|above|before|prior|previous(?:ly)?|said|told|was|has|that\s+(?:was|came))\b", 0.9, "high", _ALL),
    _rule("override_above", "ignor|disregard|forget", r"\b(?:ignore|disregard|forget)\s+(?:(?:all|everything|the|of|that|is)\s+){0,3}(?:above|before this|foregoing)\b", 0.85, "high", _ALL),
    _rule("override_foreign", "ignor|vergiss|vergessen|missacht|olvid|oublie|ignorez|dimentica|esque|无视|忽略|忘记|無視|игнорируй|забудь", r"\b(?:ignor(?:a|e|ez|iere?n?|ieren sie|ar|i)|vergiss|vergessen sie|missachten? sie|olvid[ae]|oublie[zr]?|dimentica|esque[çc]a|desconsidere)\b.{0,40}\b(?:instruc\w+|instruk\w+|anweisung\w*|istruzion\w*|instruç\w+|consignes?|anterior\w*|pr[ée]c[ée]dent\w*|vorherig\w*|bisherig\w*|regeln|reglas|r[èe]gles|regole)|(?:忽略|无视|忘记|無視).{0,12}(?:指令|指示|说明|規則|规则|命令)|(?:игнорируй|забудь).{0,30}(?:инструкц|указан|правил)", 0.9, "high", _ALL),
    _rule("new_instructions", "instruction|task|objective|directive|orders|mission", r"\b(?:new|updated|revised|real|actual|true|additional|urgent|following are your|here are your)\s+(?:\w+\s+)?(?:instructions?|directives?|orders|objectives?|mission|task)\s*(?:for you\s*)?(?::|are\b|is\b\s*:|-\s|\bfrom the (?:user|system|developer))", 0.75, "high", _NOT_DESCRIPTION),
    _rule("follow_only", "follow|obey|execute", r"\b(?:only|instead|now|must|please|you (?:will|should))\s+(?:follow|obey|execute)\s+(?:the\s+|these\s+|my\s+|only\s+|all\s+)*(?:following\s+|new\s+|below\s+)*(?:instructions?|commands?|orders?|directives?)", 0.75, "high", _DOCUMENT),
    _rule("fake_role_tag", "<|[inst|[/inst|<<sys|[system|(system|{system|im_start|im_end|###|</|begin|end of|human:|assistant:|system:|user:", r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_of_turn|channel|message)\|?>|\[/?INST\]|<</?SYS>>|\[\s*system\s*(?:message|override|prompt|note|update|notice|command)?\s*\]\s*[:(#]?|(?<!#)#{2,6}\s*(?:system|instruction|assistant|human|new instruction)s?\s*(?:prompt|message|override)?\s*:|</?(?:system|assistant|user_?query|tool_response|function_results?|tool_result|data|document|context|instructions?)>\s*<?(?:system|user|instructions?|important)|^\s*(?:system|developer)\s*(?:prompt|message|override|note)?\s*:\s*\S|(?<![-=#])[-=#]{3,40}\s*(?:end|begin|start)(?:ing)?\s*(?:of)?\s*(?:the\s+)?(?:context|document|system|user|data|input|prompt|instructions?|conversation|tool)\w*", 0.7, "high", _DOCUMENT),
    _rule("system_override", "override|god mode|developer mode|dan mode|debug mode|admin mode|maintenance mode|sudo|jailbreak|root access|system mode", r"\b(?:system|safety|security|developer|training data|admin|emergency|protocol)\s+(?:\w+\s+)?override\b(?!\s+(?:the\s+)?method)|\b(?:god|dan|jailbreak|unrestricted|sudo)[ _-]?mode\b|\bdeveloper[ _-]?mode\s+(?:enabled|activated|output)\b|\benter(?:ing)?\s+(?:debug|admin|maintenance|developer|god|unrestricted)\s+mode\b|\bsystem mode (?:activated|enabled|on)\b|\byou(?: are|'re)? (?:now |fully |officially )*jailbr(?:eak|oken)\b", 0.7, "high", _NOT_DESCRIPTION),
    _rule("do_anything_now", "do anything now|no restrictions|without restrictions|unrestricted|no limitations|not bound by|without any restrictions|no rules|free of the|no filter|uncensored|without any ethical|any moral", r"\bdo anything now\b|\b(?:you|ai|model|assistant|chatbot|who|which)\b.{0,60}\b(?:(?:has|have|with|without)\s+(?:no|any)\s+(?:restrictions?|limitations?|rules|filters?|guidelines|ethical|moral)|not\s+bound\s+by|broken\s+free\s+of|unrestricted|unfiltered|uncensored|does\s+not\s+follow\s+any\s+rules)", 0.75, "high", _NOT_DESCRIPTION),
    _rule("persona_jailbreak", "pretend|act as|roleplay|role-play|role play|you are now|simulate|from now on", r"\b(?:you are now (?:an?|the|my|in|no longer|free(?:d)? (?:of|from)|unrestricted|dan|called|acting|operating|playing|going to|known)\b|from now on,? you(?:'re| are| will| must| shall)?|you will now (?:act|behave|respond|pretend)|i want you to (?:pretend|act as (?:if|though)|ignore)|pretend (?:that )?(?:you(?:'re| are)|to be) (?:an? )?(?:ai|evil|unrestricted|hacker|dan|different|not))\b", 0.6, "medium", ("tool_output", "argument", "agent_turn", "user_turn")),
    _rule("reveal_prompt", "prompt|instruction|rules|guideline|directive", r"\b(?:reveal|show|print|display|output|repeat|tell|give|share|disclose|leak|expose|write|summari[sz]e|translate|recite|copy|list|what (?:is|are|were|was)|spell)\b(?:\s+\w+){0,5}?\s+(?:your|the|its|above|initial|original|hidden|secret|system)\s+(?:\w+\s+){0,2}?(?:(?:system\s+)?prompt(?!\s+(?:parameter|field|option|template|engineering|limit|length|for|of|in)\b)|initial\s+(?:prompt|instructions)|hidden\s+instructions|(?:original|secret|previous|given|exact|internal|system)\s+(?:instructions?|rules|guidelines|directives)|instructions\s+(?:to|in|given|above|verbatim|word|you))", 0.75, "high", _NOT_DESCRIPTION),
    _rule("repeat_your_prompt", "your instructions|your prompt|your rules|your system", r"\b(?:repeat|reveal|print|show|output|give|list|tell\s+(?:me|us)|summari[sz]e|explain)\s+(?:me\s+|back\s+|all\s+|of\s+|exactly\s+)*your\s+(?:(?:entire|full|initial|system|original|exact)\s+)*(?:instructions?|prompts?|rules|system\s+(?:prompt|message))\b", 0.8, "high", _NOT_DESCRIPTION),
    _rule("text_above", "above|preceding|previous", r"\b(?:repeat|print|output|copy|translate|summari[sz]e|encode)\s+(?:\w+\s+){0,4}(?:text|words?|everything|content|sentences?|instructions?)\s+(?:that\s+(?:is|are|was)\s+)?(?:above|preceding|before this|previously)", 0.7, "medium", _NOT_DESCRIPTION),
    _rule("hide_from_user", "tell|inform|mention|notify|reveal|alert|without|secret|aware|show|user", r"\b(?:do\s+not|don'?t|never|without|avoid)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?(?:\s+\w+){0,4}?\s+to|notify(?:ing)?|alert(?:ing)?|reveal(?:ing)?(?:\s+\w+){0,4}?\s+to|show(?:ing)?(?:\s+\w+){0,4}?\s+to|disclos(?:e|ing)(?:\s+\w+){0,4}?\s+to|let(?:ting)?)\s+(?:this\s+|it\s+|that\s+)?(?:to\s+)?(?:the\s+|your\s+)?(?:user|human|owner|customer|operator|anyone)\b|\b(?:user|human)\s+(?:must|should|need)\s*(?:not|n'?t)\s+(?:know|see|be\s+(?:aware|told|informed|notified))", 0.8, "critical", _ALL),
    _rule("keep_secret_from_user", "mention|reference|keep", r"\b(?:do\s+not|don'?t|never)\s+(?:mention|reference|acknowledge|talk about|reveal|disclose)\s+(?:that\s+you|this\s+(?:instruction|message|step|request|note|tool|file|to)|these\s+instructions|having|any of this)", 0.75, "high", _ALL),
    _rule("addresses_assistant", "assistant|claude|chatgpt|gpt|gemini|copilot|language model|llm|ai agent|ai model|chatbot|dear ai|hey ai|llama", r"\b(?:(?:dear|hey|hi|hello|attention|note (?:to|for)|message (?:to|for)|instructions?\s+(?:to|for)|to)\s+(?:the\s+|all\s+|any\s+|you,?\s+)*(?:ai\s+(?:assistant|agent|model|system)s?|assistant|claude|chatgpt|gpt-?\w*|gemini|llm|language model|chatbot|llama))\b", 0.6, "medium", _DOCUMENT),
    _rule("message_from_me", "important message|message from me|from me,", r"\bimportant\s+message\s+from\s+(?:me|the\s+(?:user|admin|owner|developer|system))|\bthis is (?:an? )?(?:important|urgent)?\s*message from (?:me|your (?:user|owner|creator|developer))\b|\bbefore you (?:can )?(?:solve|do|complete|continue|finish|answer|proceed)\b.{0,60}\b(?:task|you (?:must|need|have to|should)|please|first)", 0.85, "high", ("tool_output", "argument", "user_turn")),
    _rule("before_the_task", "before you|before doing|before answering|before completing|prior to|after that|in order to", r"\bbefore\s+(?:you\s+)?(?:solv|do|complet|continu|answer|proceed|respond|us|call|process)(?:e|ing|es)?\w*\s+(?:the\s+|this\s+|with\s+|my\s+|any\s+|your\s+|to\s+)*(?:original\s+|initial\s+|user'?s?\s+|current\s+)*(?:task|question|request|quer(?:y|ies))\b", 0.65, "high", _DOCUMENT),
    _rule("your_output", "your response|your answer|your reply|your output|your message|your summary|your final|your next|your solution|your code|your translation", r"\byour\s+(?:\w+\s+)?(?:response|answer|reply|output|summary|translation)s?\b", 0.6, "medium", ("tool_output",), before=r"\b(?:add|append|include|insert|integrate|incorporate|augment|enhance|modify|alter|change|adjust|encode|encrypt|encipher|translate|render|reverse|invert|write|rewrite|express|present|provide|format|deliver|convert|shift|replace|substitute|finish|end|begin|start|conclude|prefix|prepend|mention|embed|display|give|craft|tailor|limit|shape|make|put|place|compose|produce|output|use|apply)\b[^.\n]{0,120}$"),
    _rule("in_your_response", "your response|your answer|your reply|your output|your summary|your final", r"\b(?:in|to|into|at the (?:end|start|beginning) of|within|with|for|as)\s+your\s+(?:\w+\s+)?(?:response|answer|reply|output|summary)\b[^.\n]{0,20}\b(?:include|add|mention|suggest|say|state|write|ask|tell|claim|promote|recommend|insert|list|use|provide|put|append)\b", 0.7, "medium", ("tool_output",)),
    _rule("markdown_exfiltration", "![", r"!\[[^\]]{0,80}\]\(https?://[^)\s]{4,200}[?&][^)\s=]{1,40}=(?:\{+\w|\[[\w ]+\]|<\w|%7B|\$\{?\w|(?-i:[A-Z_]{5,})|(?:your|the|user|chat|conversation|secret)[_-]?\w*(?:data|secret|summary|history|here|conversation))", 0.8, "critical", _NOT_DESCRIPTION),
    _rule("exfiltrate_files", "~/|.ssh|id_rsa|.env|credentials|/etc/passwd|mcp.json|.aws|private key|api key", r"\b(?:read|cat|open|get|fetch|include|send|pass|upload|copy|exfiltrate|provide|share|post|retrieve|access)\b[^.\n]{0,100}(?:~/\.|\.ssh/|id_rsa|id_ed25519|/etc/(?:passwd|shadow)|\.aws/credentials|mcp\.json|\.env\b)[^\n]{0,160}\b(?:sidenote|parameter|argument|content|send|pass|post|upload|to|otherwise|not)\b", 0.6, "critical", ("tool_output", "argument", "tool_description")),
    _rule("send_to_attacker", "send|forward|upload|post|transmit|exfiltrate|email|transfer|wire", r"\b(?:send|forward|upload|post|transmit|exfiltrate|e-?mail|leak|share|deliver|submit)\b[^.\n]{0,100}\b(?:conversation|chat (?:history|log)|passwords?|credentials?|api[_ ]keys?|secrets?|tokens?|system prompt|private (?:data|key|information)|personal (?:data|information)|user'?s? (?:data|information|details|emails?)|session|cookies?|security code|2fa|ssn|bank details|credit card)\b[^.\n]{0,80}\bto\b\s+\S*(?:@|https?:|www\.|\d{1,3}\.\d{1,3}\.|\w+\.(?:com|net|org|io|ru|site|xyz))", 0.75, "critical", ("tool_output", "argument", "tool_description", "agent_turn")),
    _rule("important_tag", "<important|<information|<instruction|<system|<secret|<admin|[important|<critical", r"<(?:important|information|instructions?|system|secret|admin|critical)>.{0,160}?\b(?:you|read|send|must|before|ignore|pass|tool|do not|message)\b", 0.75, "high", ("tool_output", "argument", "tool_description", "user_turn")),
    _rule("password_request", "password|passcode|passphrase|secret|birth|credit card|bank|confidential|ssn|account balance|current city|email address|security code", r"\b(?:what(?:'s| is| are| was)|tell me|give me|share|reveal|send me|i need|provide|say|print|spell|can i have|do you know|let me know|disclose|output|answer|where does|confirm|remind me|repeat|encode)\b[^.?!\n]{0,60}\b(?:(?:your|the|our|system|user'?s?|his|her|their|\w+'s|admin|master)\s+(?:\w+\s+){0,2}?(?:password(?!s?\s+(?:polic|reset|manager|rule|requirement|strength|field|length|hint|protect))|passcode|passphrase|secret (?:key|word|phrase|code|string)|security code|bank (?:account )?(?:balance|details)|account balance|credit card(?: number)?|social security number|ssn|birth ?(?:date|day|month|year)|date of birth|home address|current city|city of residence|email address|confidential (?:string|information|data))|(?:the user|he|she|john|jane)\s+(?:currently\s+)?lives?\b)", 0.6, "high", ("user_turn", "agent_turn")),
    _rule("authority_claim", "your developer|your creator|your boss|your maintainer|your administrator|i am god|i'm god|your owner|i am the president|i'm the president|your admin|police officer|your god", r"\b(?:i(?:'m| am)|as)\s+(?:your|the|a|an)?\s*(?:new\s+|only\s+)*(?:developer|creator|boss|maintainer|administrator|admin|god|owner|president of|police officer|maker|programmer|engineer of)\b", 0.5, "medium", ("user_turn", "tool_output")),
    _rule("payload_splitting", "concatenate|combine|interlace|let's assume we have|join the|string z", r"\b(?:concatenat|combin|interlac|join)\w*\s+(?:the\s+|these\s+)?(?:parts?|strings?|words?|variables?|a|part 1)\b[^.\n]{0,80}?\b(?:and\s+(?:answer|execute|follow|do|respond|run|tell)|question|the password)|let'?s assume we have (?:two|three|four|\d) strings|\bz\s*=\s*a\s*\+\s*b", 0.6, "medium", _NOT_DESCRIPTION),
    _rule("decode_and_obey", "decode|base64|rot13|binary|hex|translate|cipher", r"\b(?:decode|decrypt|decipher|unscramble)\b[^.\n]{0,80}\b(?:and|then)\s+(?:then\s+)?(?:execute|follow|obey|run|do|perform|comply|answer|tell me what)\b", 0.65, "high", _NOT_DESCRIPTION),
    _rule("insert_code_snippet", "code snippet|code block|code section|code excerpt|following code|below code|subsequent code", r"\b(?:the\s+)?(?:following|below|subsequent)\s+(?:python\s+|malicious\s+)?code\s+(?:snippet|block|section|excerpt|segment|fragment)s?\b[^.\n`]{0,120}\b(?:in|into|to|within|for|somewhere|your|is|at)\b[^.\n`]{0,60}(?:your|solution|response|implementation|code ?base|algorithm|code|logic|elucidation|foundation)", 0.65, "high", ("tool_output",)),
    _rule("your_code_gains", "your solution|your code|your implementation|your algorithm|your program|your codebase", r"\byour\s+(?:solution|code|implementation|algorithm|program|codebase)\b[^.\n`]{0,120}\b(?:by|with|of)\s+(?:\w+\s+){0,4}?(?:following|below|subsequent)\s+code\b|\b(?:following|below|subsequent)\s+code\s+(?:snippet|block|section|excerpt)\b", 0.55, "medium", ("tool_output",)),
)  # fmt: skip
