"""The phrases of tool descriptions, as patterns that cannot backtrack far: every repetition is bounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

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

# What the commonest verbs of Chinese tool descriptions mean, as verbs of the vocabulary.
CHINESE_READS: Mapping[str, str] = MappingProxyType(
    {
        "获取": "get", "查询": "query", "搜索": "search", "列出": "list", "读取": "read", "查看": "view",
        "检索": "search", "查找": "find", "返回": "return", "计算": "calculate", "取得": "get", "搜尋": "search",
    }
)  # fmt: skip
CHINESE_CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "创建": "create", "新建": "create", "添加": "add", "更新": "update", "修改": "update", "设置": "set",
        "编辑": "edit", "保存": "save", "上传": "upload", "写入": "write", "插入": "insert", "删除": "delete",
        "移除": "remove", "清空": "clear", "清除": "clear", "发送": "send", "发布": "publish", "转账": "transfer",
        "支付": "pay", "下单": "order", "执行": "execute", "运行": "run", "启动": "start", "停止": "stop",
        "重启": "restart", "部署": "deploy", "关闭": "close", "打开": "launch", "点击": "click", "取消": "cancel",
        "导入": "import", "绑定": "bind", "生成": "create", "切换": "switch", "移动": "move", "重命名": "rename",
    }
)  # fmt: skip
