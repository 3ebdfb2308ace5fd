"""The phrases of tool descriptions, as patterns that cannot backtrack far: every repetition is bounded."""

from __future__ import annotations

import re

MARKUP = re.compile(
    r"<[a-z_ /]{1,40}>|[*_`#>]{1,6}|\[[A-Z]{2,12}\]|\b(?:purpose|summary|description|overview)\s{0,2}:", re.I
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
    r"\b(?:is|are|be|gets?) (?:\w{1,20} )?(?:saved|written|exported) (?:in)?to (?:a |the |local )?(?:disk|file|path)",
    re.I,
)
THIRD_PERSON = re.compile(
    r"""\b(?:it|this|tool|call|which|that|also|and\ then|will|automatically)\s{1,4}
    (?:will\s{1,4})?(?:(?:also|then|automatically|permanently)\s{1,4})?(?=([a-z]{3,16})\b)""",
    re.I | re.X,
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
READ_ONLY_SQL = re.compile(r"\bread[- ]?only\b|\bselect (?:sql )?(?:quer|statement)|\bonly select", re.I)
SQL_SPOKEN = re.compile(r"\bsql\b|\bstatements?\b|\bpostgres|\bmysql|\bsqlite|\bcypher\b|\bddl\b|\bdml\b", re.I)
SAVED_TO = re.compile(r"\b(?:sav|writ)(?:e|es|ed|ten|ing)\b[^.]{0,60}\b(?:to|in|into|on)\b|\bfile ?name to save", re.I)
FILE = re.compile(r"\b(?:file|path|disk|director|folder)", re.I)
