"""The phrases of tool descriptions, as patterns that cannot backtrack far: every repetition is bounded."""

from __future__ import annotations

import re

MARKUP = re.compile(
    r"<[a-z_ /]{1,40}>|[*_`#>]{1,6}|\[[A-Z][A-Z0-9 .#-]{1,30}\]|\b(?:purpose|summary|description|overview)\s{0,2}:",
    re.I,
)
VENDOR = re.compile(r"^[\w .]{1,24} [|:] (?=[A-Z])")
SENTENCE_END = re.compile(r"(?<=[a-z0-9)\]\"'’])[.!?](?=\s|$)|\n\s{0,20}\n|\n\s{0,20}[-•]|\n(?=[A-Z])|;\s")

# Openings that say nothing yet: warnings, "use this tool to", "this tool will", "tools for", an adverb.
LEAD_IN = re.compile(
    r"""^(?:
      (?:deprecated|important|note|warning|experimental|beta|new|start\ here|always|please|you\ (?:should|can|must))
        \b[:,.]?\s{0,4}
    | use\ (?:the|our)\ [^.,]{2,60}?\ to\ (?=[a-z])
    | use\ (?:this|it|the)(?:\ (?:tool|function|endpoint|action))?(?:\ if\ you\ (?:want|need))?
        (?:\ when(?:ever)?\ (?:you|the\ user|asked)\ ?(?:needs?|wants?|asks?)?\ ?)?(?:\ only)?\ ?(?:to|for)\s{1,4}
    | (?:this|the|a|an|it)\ (?:[a-z-]{2,20}\ )?(?:tool|function|endpoint|command|method|action|operation|api|call)?s?
        \s?(?:will|can(?:\ be\ used)?|is\ used|lets?\ (?:you|users|the\ user)
             |allows?\ (?:you|users|the\ user|for|agents?)?
             |enables?\ (?:you|users)?|helps?(?:\ you)?|is|may)?(?:\ (?:to|for))?\s{1,4}
    | tools?\ (?:for|to|that)\s{1,4}
    | used?\ to\s{1,4}
    | (?:allows?|lets?|enables?|helps?)\ (?:you|users?|the\ user|agents?|developers?)\ (?:to\ )?
    | helps?\ (?:to\ )?(?=[a-z])
    | (?:ability|utility|helper|method|function|command|endpoint|way)\ (?:to|for|that)\s{1,4}
    | to\ (?=[a-z])
    | (?!(?:re|ap|sup|multi|com|im)ply|daily|weekly|monthly|hourly|family|assembly|tally)[a-z]{3,16}ly,?\s
    )""",
    re.I | re.X,
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|[,/&:]")

SAVED = re.compile(
    r"(?:\b(?:is|are|be|gets?) (?:\w{1,20} )?|, )(?:saved|written|exported) (?:in)?to "
    r"(?:(?:a|the|local|your) )?(?:[\w'’]{1,20} ){0,3}(?:disk|file|path|director|folder)",
    re.I,
)
THIRD_PERSON = re.compile(
    r"""(?:\b(?:it|this|tool|call|which|that|also|and\ then|will|automatically)
      | \band(?=\ [a-z]{3,12}s\ (?:it|them|the|their|its|any|all|your|a|an)\b))\s{1,4}
    (?:will\s{1,4})?(?:(?:also|then|automatically|permanently)\s{1,4})?(?=([a-z]{3,16})\b)""",
    re.I | re.X,
)
# What a tool may "create" or "write" without changing anything: its answer.
SHOWN = re.compile(
    r"\s{1,4}(?:an?|the) (?:\w{1,16} ){0,2}"
    r"(?:url|link|deeplink|string|summary|report|list|view|quer(?:y|ies)|response)\b",
    re.I,
)
FOR_GOOD = re.compile(
    r"""permanent(?:ly)?\ (?:delet|remov|eras|destr)
    | (?:cannot|can't|can\ not)\ be\ (?:undone|reversed|recovered|restored)
    | irreversibl | destructive\ (?:operation|action|tool) | is\ destructive | data\ loss
    | overwrit(?:es?|ing)\ (?:(?:any|the|an|all)\ )?(?:existing|current|previous|entire|file|content|data)
    | completely\ (?:replace|overwrite|remove|delete)s? | wipes?\ (?:all|the|every) | deletes?\ (?:all|every|everything)
    | real\ money | will\ be\ charged | arbitrary\ (?:code|command|shell|javascript|python|sql)
    | runs?\ (?:shell|system)\ commands?""",
    re.I | re.X,
)
NEGATED = re.compile(
    r"(?:\bnot|\bnon|n['’]t|\bnever|\bwithout|\bno|\bavoid|\bprevent\w{0,4})[\s-]{1,4}(?:\w{1,20}\s{1,4}){0,3}$", re.I
)
READ_ONLY_SQL = re.compile(r"\bread[- ]?only\b(?! mode)|\bselect (?:sql )?(?:quer|statement)|\bonly select", re.I)
SQL_SPOKEN = re.compile(r"\bsql\b|\bstatements?\b|\bpostgres|\bmysql|\bsqlite|\bcypher\b|\bddl\b|\bdml\b", re.I)
SQL_LED = re.compile(r"^\W{0,4}(?:executes?|runs?) (?:an? |any |arbitrary |raw |custom ){0,3}sql\b", re.I)
# "Actions: list, retry, cancel": the choices of a parameter whose schema does not list them.
ACTIONS_TOLD = re.compile(
    r"\b(?:actions?|operations?)\s{0,2}:\s{0,2}([a-z_-]{2,30}(?:\s{0,2}[,|/]\s{0,2}[a-z_-]{2,30}){1,24})", re.I
)
SAVED_TO = re.compile(r"\b(?:sav|writ)(?:e|es|ed|ten|ing)\b[^.]{0,60}\b(?:to|in|into|on)\b|\bfile ?name to save", re.I)
FILE = re.compile(r"\b(?:file|path|disk|director|folder)", re.I)
# A change that comes along with what seems to look: it saves by itself, puts a file on a machine, or moves on.
BY_ITSELF = re.compile(
    r"""\bauto-?(?:sav|stor|upload|commit|publish|creat|delet)\w*
    | \bautomatically\ (?:sav|stor|writ|upload|creat|updat|delet|commit|push|publish|register|add|assign)\w*
    | \bdownloads?\b[^.]{0,60}\b(?:to|into|onto)\ (?:(?:the|your|a|its|this|local)\ ){0,2}(?:[\w-]{1,20}\ )?
      (?:server|disk|workspace|machine|folder|director\w+|path|file\ ?system|computer|storage|library|device)\b
    | \b(?:advance|move|increment|update|commit)s?\ (?:\w{1,12}\ ){0,2}
      (?:cursor|offset|pointer|checkpoint|bookmark|watermark|position)\b
    | \b(?:mark|flag)(?:s|ed|ing)?\ (?:\w{1,12}\ ){0,3}(?:as\ )?(?:read|seen|done|complete\w*|processed|delivered)\b
    | \b(?:remove|pop|take)s?\ (?:\w{1,12}\ ){0,3}(?:from|off)\ (?:the\ )?(?:queue|list|stack)\b
    | \b(?:check|tick|cross)(?:s|es|ed)?\ (?:\w{1,12}\ ){0,2}off\b
    | \bcheck(?:ed)?\ (?:\w{1,12}\ ){0,3}as\ (?:done|complete)""",
    re.I | re.X,
)
