"""Words that are not plain verbs: nouns that look like verbs, nouns that say a tool reports, and double meanings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def listed(words: str) -> frozenset[str]:
    """A word list written as prose: easier to read, to sort and to review than a wall of quotes."""
    return frozenset(words.split())


# Words that are at home as nouns or adjectives, too: they act as verbs only where a verb can stand.
NOUNS_TOO = listed(
    """fly steer pinch dock post comment label tag branch commit order schedule request report message email mail
    log release fork
    star charge trade transfer book form search query record plan watch review test build deploy run import
    export download upload update change access archive backup block call clone copy cut drop edit filter
    follow format host index invite link lock map match merge note notice pin place play press print
    process project quote rate reply return route sample scale score sign snapshot sort source split stage
    store stream subject summary support sync target text trace track trigger type use view visit vote alert
    page profile power contact credit debit bill tip bid stake swap flag patch fix group rank survey audit
    chat stash head tail display sum count diff stop set start reset queue model train tune compress cast
    hash research embed screenshot capture check exchange claim draft share tweet dim cool heat dock go
    reload press hold signal transition duplicate complete wire burn clip crop trim paste script shell exec
    bash ssh cmd cat look load open empty clean stat launch lock like bookmark favorite favourite react
    vacuum blame monitor scan provide end switch turn focus contain zoom say pack round ping echo glob grep
    phone wake upgrade help fill pick poll answer measure render fetch explain trend demo dump crawl plot
    draw sum force compact collect join correct void mirror seed suspect deposit purchase refund connect
    select settle make click scroll drag zip gzip sms stamp step control power ship feedback fax drive allow
    prepare do carry handle warm permit delay advance extract overlay move bundle bypass cache caption
    compile design digest dispute exit guess hunt judge lift lower mix offer output override partition pivot
    place plug present probe proxy pull question raise repeat reuse ring roll route screen seal secure serve
    shuffle silence sketch slice smooth snap spend stack study style supply take tie total trust visit voice
    walk wrap yield pair bridge freeze privilege align lease lay include distribute chunk thinking reason
    redirect format mount contact alert present correct touch mute hide skip seek leave payout trash tunnel"""
)

# Nouns that, at the end of a name with no other verb, say that the tool only reports ("user-info", "zone_details").
REPORTING_NOUNS = listed(
    """statement statements readings slots notes rate rates number numbers
    guidance advice info information detail details status state stats statistics history list logs log metadata schema
    summary overview tree contents content count counts metrics insights results result report reports usage
    version versions definition definitions options properties property profile balance balances price
    prices quote quotes weather forecast time date quota quotas limits limit health whoami me self kernels
    types categories schemas messages members users items entries records events alerts requests responses
    replies unreads indexes indices size sizes diff blame tools resources prompts directions matrix
    isochrone token tokens organization policy policies guidelines examples sitemap graph breakdown totals
    costs spend activity feed timeline suggestions recommendations related similar changelog coverage lookup
    availability capabilities config configuration settings permissions roles preview analysis analytics
    rating ratings reviews news levels headlines trends leaderboard ranking rankings chart charts candles
    frequency patterns pattern quality cluster clusters candidates anomalies distribution scores simulation
    ohlcv ticker tickers orderbook positions holdings transactions docs documentation help guide guides
    rules instructions tutorial cheatsheet"""
)

# After a looking verb these make a following action word part of a noun ("get update status", "list delete events").
ACTION_NOUN_FOLLOWERS = listed(
    """status state stats statistics history log logs metadata schema summary options preview permission permissions
    form url link template templates candidates estimate job jobs run runs request requests action reason reasons
    code codes at by marker protection rule hook hooks target targets queue test tests mode method methods type
    command commands operation operations error errors event events count counts date time info details result results
    window pending response responses settings config configuration policy policies limit limits cost price metrics
    docs documentation guide instructions help field fields metadata screen agg aggs price prices quote quotes
    balance balances period periods audit audits list lists token tokens api"""
)

# Words that are nouns as well, but close a name as its verb ("scenario_run", "browser_click").
CLOSING_VERBS = listed(
    """run update upload import start stop reset trigger deploy build merge copy move sync edit cancel clear restart
    refresh reload transfer click press install submit scroll drag type fill post"""
)

# A name or sentence that opens like this asks, and a question changes nothing ("can_send_mms").
QUESTIONS = listed("can is has are does should was were whether what who when where which how why")

# Verbs that say nothing by themselves: their object decides ("perform a search", "run a report").
LIGHT_VERBS = listed("run execute perform do make conduct carry take engage")
LOOKING_OBJECTS = listed(
    """query queries search report aggregation lookup scan analysis audit diagnostic diagnostics check checks
    health comparison calculation inspection similarity semantic web find lint assessment explain review
    benchmark validation speed research reasoning conversation question input ping traceroute whois dns ocr
    inference read reads"""
)

# Words that mean one thing with these objects and the opposite with all others.
# A person resolves a name by looking it up, and resolves an incident by closing it.
_VALUES = listed(
    """text texts phrase word words sentence string json xml yaml csv html markdown md pdf number date dates time times
    timezone timestamp unit units currency currencies amount temperature color colour code sql query url urls uri speech
    geometry coordinate coordinates latlng address addresses base64 hex data value values language format schema
    conversion price token tokens measurement length weight epoch"""
)
SENSES: Mapping[str, tuple[frozenset[str], str, str]] = MappingProxyType(
    {
        "format": (
            listed(
                "number date output json quote response result results string currency phone address data sql xml html "
                "yaml latest current information info balances list table"
            ),
            "transform",
            "update",
        ),
        "resolve": (
            listed(
                "id ids name names dns address host hostname url urls uri library symbol path ip domain type reference "
                "references location alias handle ens package dependency dependencies identifier entity placeholder "
                "files paths languages metadata packs queries tests coordinates geo"
            ),
            "find",
            "close",
        ),
        "snapshot": (
            listed("page dom accessibility a11y browser screen element heap text web ui aria console tab state"),
            "inspect",
            "create",
        ),
        "load": (
            listed("into onto sample fixture fixtures scene level plugin extension sprite"),
            "import",
            "capture",
        ),
        "open": (
            listed(
                "interest issues incidents positions node nodes file files document documents page pages "
                "dataset view folder directory image"
            ),
            "read",
            "launch",
        ),
        "return": (
            listed("item items order orders product products purchase goods rental shipment merchandise parcel"),
            "exchange",
            "return",
        ),
        "sort": (listed("range rows sheet table column columns cells worksheet"), "reorder", "sort"),
        "evaluate": (
            listed("script scripts javascript js code python expression lua snippet function page cell"),
            "execute",
            "assess",
        ),
        "connect": (
            listed("database mongodb db cluster instance mongodb redis mysql postgres postgresql server sqlite neo4j"),
            "inspect",
            "link",
        ),
        "disconnect": (
            listed("database db cluster instance mongodb redis mysql postgres postgresql server sqlite"),
            "inspect",
            "unlink",
        ),
        "transfer": (
            listed("human agent agents call image file files department operator support person representative"),
            "handoff",
            "pay",
        ),
        "expand": (listed("url urls query abbreviation link acronym from papers node nodes"), "find", "update"),
        # The rest look or compute by themselves; with these objects they act.
        "check": (listed("off checkbox checkboxes checklist todo todos"), "mark", "check"),
        "capture": (listed("payment payments charge authorization funds order lead"), "pay", "capture"),
        "collect": (listed("payment payments fee fees funds debt"), "pay", "collect"),
        "generate": (
            listed(
                "key keys token tokens secret secrets password credential credentials certificate invoice apikey "
                "image images picture video videos audio music song speech voice model mesh asset assets "
                "avatar logo presentation slides slide deck website page site app domain subdomain license licence "
                "coupon coupons voucher vouchers ticket tickets wallet address webhook invite invitation shipment "
                "label account seat"
            ),
            "create",
            "generate",
        ),
        "draw": (
            listed("rectangle shape line circle ellipse polygon text frame arrow element canvas"),
            "create",
            "draw",
        ),
        # These work a value out, and rewrite whatever else they are pointed at.
        "convert": (_VALUES, "convert", "update"),
        "transform": (_VALUES, "transform", "update"),
        "translate": (_VALUES, "translate", "update"),
        "group": (listed("objects nodes layers elements shapes components"), "update", "group"),
        "highlight": (listed("cell cells range paragraph passage"), "update", "highlight"),
        "test": (listed("webhook notification alert"), "send", "test"),
        "pull": (
            listed("metrics data report reports logs stats statistics info information list records details metadata"),
            "fetch",
            "pull",
        ),
        "request": (
            listed("data info information details status report statistics results"),
            "fetch",
            "request",
        ),
        "report": (listed("abuse issue bug user spam incident conversion"), "send", "report"),
        "answer": (listed("call poll email message callback"), "send", "answer"),
        "provide": (listed("feedback input rating review"), "send", "provide"),
        "track": (listed("event conversion purchase"), "store", "track"),
        "match": (listed("transaction payment invoice"), "link", "match"),
        "receive": (listed("payment item items inventory stock purchase goods"), "update", "receive"),
        "moderate": (listed("user member comment message post"), "update", "moderate"),
        "extract": (listed("archive zip tar tarball"), "unpack", "extract"),
        "show": (listed("notification toast dialog alert popup message"), "send", "show"),
        "display": (listed("notification toast dialog alert popup message"), "send", "display"),
        "print": (listed("document label receipt page file ticket"), "send", "print"),
        "watch": (listed("repository repo issue thread ticket"), "subscribe", "watch"),
        "simulate": (
            listed(
                "transaction policy principal trade order portfolio swap scenario model circuit call cost query request"
            ),
            "calculate",
            "update",
        ),
        "look": (listed("position direction player robot bot camera"), "turn", "look"),
        "select": (
            listed(
                "element item checkbox option options dropdown radio value values card cards workspace project account "
                "store profile organization tab window node nodes object objects row rows cell cells"
            ),
            "click",
            "inspect",
        ),
    }
)
GIT_CHANGES = listed("fetch pull init am bisect gc clone config notes submodule apply")
