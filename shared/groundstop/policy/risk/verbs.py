"""What English verbs in tool names and descriptions mean: one table of families, each with its risk and why.

The families are general English as APIs use it, not the vocabulary of any one server. A word may be a verb and a
noun at once ("post", "order"); those are listed in ``NOUNS_TOO`` and count as verbs only where a verb can stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groundstop.words import Risk


def listed(words: str) -> frozenset[str]:
    """A word list written as prose: easier to read, to sort and to review than a wall of quotes."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True)
class Family:
    """Verbs with one meaning: ``sure`` is False where the verb alone does not prove that nothing changes."""

    name: str
    risk: Risk
    why: str
    words: str
    sure: bool = True


FAMILIES: tuple[Family, ...] = (
    Family(
        "read",
        Risk.SAFE,
        "only looks",
        """get list read fetch find search lookup show view describe retrieve inspect count check browse peek preview
        explain compare diff enumerate discover query summarize summarise identify locate ping echo stat tail head
        grep glob ls cat whoami display print return obtain explore observe examine grab ask recall see look
        introspect investigate diagnose monitor poll track trace tell render recommend suggest expose contain
        scan sample visualize visualise profile survey review audit know answer match filter group aggregate
        access report provide collect gather demonstrate peruse traverse trend blame tell inform navigate_tree
        subtract multiply divide sum round list_all look_up troubleshoot debug""",
    ),
    Family(
        "compute",
        Risk.SAFE,
        "works something out without changing anything",
        """calculate compute estimate convert validate verify lint parse extract translate detect classify
        analyze analyse generate transform encode decode hash score rank measure predict forecast evaluate
        export download scrape crawl map wait assess simulate test geocode transcribe tokenize embed
        normalize normalise dump screenshot capture take_screenshot select connect disconnect resolve load open
        plan think research highlight focus solve infer quote benchmark zoom highlight expand enrich
        reflect brainstorm autocomplete help wait_for watch ocr sort sequential_thinking snapshot
        reverse_geocode interpolate plot draw weigh consult outline proofread paraphrase rewrite_text hydrate""",
        sure=False,
    ),
    Family(
        "write",
        Risk.RISKY,
        "creates or changes something",
        """create add update set edit modify patch put insert append upload import save store write rename move copy
        duplicate clone fork push commit stage merge rebase checkout stash assign unassign attach detach link unlink
        mark star unstar pin unpin label relabel tag untag change alter adjust configure customize customise adapt
        replace prepend upsert register enroll enrol subscribe unsubscribe follow unfollow like unlike vote upvote
        downvote react book reserve schedule reschedule submit approve decline accept complete close reopen uncomplete
        finish finalize finalise archive unarchive dismiss acknowledge ack snooze escalate prioritize prioritise
        reprioritize reorder reassign promote demote publish unpublish post draft compose record log
        make build rebuild initialize initialise init setup provision backfill populate seed sync synchronize
        synchronise mirror replicate migrate apply bind unbind mount unmount allocate associate disassociate annotate
        comment persist remember memorize memorise learn ingest index reindex vacuum optimize optimise compact mutate
        manage maintain administer toggle switch turn rotate regenerate renew extend shorten pick cherry_pick fill
        increment decrement touch mkdir ln cp mv tweak prepare improve enqueue requeue produce consume
        rate flag unflag claim unclaim punch join rejoin hide unhide mute unmute enable activate upgrade resize scale
        autoscale shrink split combine flatten compress gzip zip unzip decompress pack unpack bookmark favorite
        favourite unfavorite unfavourite amend correct fix repair remediate transition advance order exchange
        substitute tune train finetune retrain emulate define undefine redefine declare specify overlay onboard
        spawn mint commission defer delay postpone paste cut insert autofill relocate whitelist allowlist denylist
        blacklist manipulate convert_to reconcile contribute redo stamp sign embargo quote_tweet tear check_in
        check_out clock_in clock_out set_up sign_up log_time log_activity save_as report_abuse resolve_issue
        donate_item watermark automate personalize rebrand refactor recreate reformat format generate_and_save
        trim crop clip download_to file_ticket open_issue open_ticket turn_on turn_off opt_in opt_out leave""",
    ),
    Family(
        "send",
        Risk.RISKY,
        "sends something to someone, which cannot be called back",
        """send email mail message sms reply respond forward broadcast notify announce tweet retweet
        invite reinvite resend call phone dial contact alert share unshare fax whisper chat speak say
        emit dispatch deliver request solicit remind transmit relay handoff hand_off ship fulfill fulfil
        feedback text""",
    ),
    Family(
        "interact",
        Risk.RISKY,
        "operates a page, device or program as a person would",
        """click doubleclick tap press type hover drag drop_file scroll swipe navigate goto go upload_file
        handle_dialog interact reload refresh keypress keydown keyup mousedown mouseup pinch maximize minimize
        unlock lock arm disarm dim brighten play skip seek rewind dock undock eject cast heat cool
        teleport drive fly steer rotate_camera""",
    ),
    Family(
        "control",
        Risk.RISKY,
        "starts, stops or steers something that runs",
        """start stop restart reboot pause resume launch boot shutdown shut_down halt power trigger rerun retry
        redeploy deploy undeploy rollout run invoke install reinstall unblock continue begin end initiate cordon
        uncordon drain recycle hibernate wake failover rebalance perform process warm throttle unthrottle calibrate
        delegate orchestrate authenticate authorize authorise login logout signin signout signup step_over
        handle do conduct carry roll_out control operate""",
    ),
    Family(
        "destroy",
        Risk.DANGEROUS,
        "removes or overwrites something, perhaps for good",
        """delete remove destroy drop purge wipe erase truncate clear reset flush kill terminate revoke overwrite
        uninstall deprovision teardown tear_down trash discard expunge unregister deregister cancel abort void
        rm rmdir shred nuke obliterate scrub evict prune cleanup clean factory_reset rollback roll_back revert
        restore undo downgrade decommission deactivate suspend disband dissolve dismantle expire
        invalidate disable empty unset del annihilate eliminate deallocate unfriend reject force rewrite yank retire
        sunset despawn unenroll unenrol strip delist burn release detonate rewind_to""",
    ),
    Family(
        "pay",
        Risk.DANGEROUS,
        "moves money or commits to a purchase",
        """pay charge refund transfer withdraw deposit buy purchase sell trade swap stake unstake bid donate invest
        remit disburse payout settle liquidate place_order wire debit credit bill lend borrow
        redeem tip reimburse prepay repay""",
    ),
    Family(
        "execute",
        Risk.DANGEROUS,
        "runs code or commands that could do anything",
        """execute exec eval shell bash sudo powershell cmd ssh script inject interpret""",
    ),
    Family(
        "access",
        Risk.DANGEROUS,
        "changes who may do what",
        """grant ban unban block deny permit elevate chmod chown allow disallow impersonate quarantine isolate
        blackhole""",
    ),
)

# Words that are at home as nouns or adjectives, too: they act as verbs only where a verb can stand.
NOUNS_TOO = listed(
    """post comment label tag branch commit order schedule request report message email mail log release fork star
    charge trade transfer book form search query record plan watch review test build deploy run import export download
    upload update change access archive backup block call clone copy cut drop edit filter follow format host
    index invite link lock map mark match merge note notice pin place play press print process project quote rate reply
    return route sample scale score sign snapshot sort source split stage store stream subject summary support
    sync target text trace track trigger type use view visit vote alert page profile power contact credit debit bill
    tip bid stake swap flag patch fix group rank survey audit chat stash head tail display sum count diff
    stop set start reset queue model train tune compress cast hash research embed screenshot capture check
    exchange claim draft share tweet dim cool heat dock go reload press hold signal transition duplicate complete
    wire burn clip crop trim paste script shell exec bash ssh cmd cat look load open empty clean stat
    launch lock like bookmark favorite favourite react vacuum blame monitor scan provide end switch
    turn focus contain zoom say pack round ping echo glob grep phone wake upgrade help fill pick poll answer measure
    render fetch explain trend demo dump crawl plot draw sum force compact collect join correct void mirror seed
    suspect deposit purchase refund connect select settle make click scroll drag zip gzip sms stamp step control
    power ship feedback fax drive allow prepare do carry handle warm permit delay advance extract overlay move
    mount contact alert present correct touch mute hide skip seek""" 
)

# Nouns that, at the end of a name with no other verb, say that the tool only reports ("user-info", "zone_details").
REPORTING_NOUNS = listed(
    """info information detail details status state stats statistics history list logs log metadata schema summary
    overview tree contents content count counts metrics insights results result report reports usage version versions
    definition definitions options properties property profile balance balances
    price prices quote quotes weather forecast time date quota quotas limits limit health whoami
    me self kernels types categories schemas messages members users items entries records events alerts requests
    responses replies unreads indexes indices size sizes diff blame tools resources prompts directions matrix isochrone
    token tokens organization policy policies guidelines examples sitemap graph breakdown totals costs spend activity
    feed timeline suggestions recommendations related similar changelog coverage lookup availability capabilities
    config configuration settings permissions roles preview analysis analytics rating ratings reviews news
    headlines trends leaderboard ranking rankings chart charts candles ohlcv ticker tickers orderbook positions holdings
    transactions docs documentation help guide guides rules instructions tutorial cheatsheet"""
)

# After a looking verb these make a following action word part of a noun ("get update status", "list delete events").
ACTION_NOUN_FOLLOWERS = REPORTING_NOUNS | listed(
    """form url link template templates candidates estimate job jobs run runs task tasks action reason reasons
    code codes permission at by marker protection rule hook hooks target targets queue test tests
    mode method methods type field fields window command commands operation operations error errors
    notes note page pages event issue issues session sessions file files branch branches build builds orders
    groups set sets names name id ids key keys plans pending"""
)

# Verbs that say nothing by themselves: their object decides ("perform a search", "run a report").
LIGHT_VERBS = listed("run execute perform do make conduct carry")
LOOKING_OBJECTS = listed(
    """query queries search report aggregation lookup scan analysis audit diagnostic diagnostics check checks health
    comparison calculation inspection similarity semantic web find lint assessment explain review
    benchmark validation research ping traceroute whois dns ocr inference read reads"""
)

# Words that mean one thing with these objects and the opposite with all others.
# A person resolves a name by looking it up, and resolves an incident by closing it.
SENSES: Mapping[str, tuple[frozenset[str], str, str]] = MappingProxyType(
    {
        "resolve": (
            listed(
                "id ids name names dns address host hostname url urls uri library symbol path ip domain type reference "
                "references location alias handle ens package dependency dependencies identifier entity placeholder"
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
            listed(
                "skill skills page url file files document documents context memory guide instructions content history "
                "conversation image config configuration prompt template resource schema data dataframe csv notebook"
            ),
            "read",
            "import",
        ),
        "open": (
            listed("node nodes file files document documents page pages dataset view folder directory image"),
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
            listed("database db cluster instance mongodb redis mysql postgres postgresql server sqlite connection"),
            "inspect",
            "unlink",
        ),
        "transfer": (
            listed("human agent agents call image file files department operator support person representative"),
            "handoff",
            "pay",
        ),
        "select": (listed("option options dropdown checkbox radio value values"), "click", "inspect"),
    }
)
GIT_CHANGES = listed("fetch pull init am bisect gc clone config notes submodule apply")
_PREFIXES = ("un", "re", "bulk", "batch", "mass", "multi", "auto", "force", "hard", "soft", "over")
_AGENT_MIN = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A verb form: its base, its family, the form (base, third, ing) and whether it is a noun as well."""

    base: str
    family: Family
    form: str
    noun_too: bool

    @property
    def changes(self) -> bool:
        """True when the verb means that something changes."""
        return self.family.risk is not Risk.SAFE


def _forms(base: str) -> tuple[tuple[str, str], ...]:
    """The written forms that act as a finite verb, with the rule that makes each."""
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = base + "es"
    elif base.endswith("y") and base[-2:-1] not in "aeiou":
        third = base[:-1] + "ies"
    else:
        third = base + "s"
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        ings = (base[:-1] + "ing",)
    elif len(base) > 2 and base[-1] not in "aeiouwxy" and base[-2] in "aeiou" and base[-3] not in "aeiou":
        ings = (base + base[-1] + "ing", base + "ing")
    else:
        ings = (base + "ing",)
    return ((base, "base"), (third, "third"), *((ing, "ing") for ing in ings))


def _vocabulary() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for family in FAMILIES:
        for base in family.words.split():
            if "_" in base:
                continue
            noun_too = base in NOUNS_TOO
            for form, kind in _forms(base):
                words.setdefault(form, Word(base, family, kind, noun_too))
    return words


def word_of(token: str) -> Word | None:
    """The verb that ``token`` is: a known form, or a known verb behind a prefix ("unresolve", "bulkdelete")."""
    word = VOCABULARY.get(token)
    if word is not None or len(token) < 6:
        return word
    for prefix in _PREFIXES:
        if token.startswith(prefix):
            inner = VOCABULARY.get(token[len(prefix) :])
            if inner is not None and len(inner.base) >= _AGENT_MIN and (inner.changes or inner.base in SENSES):
                changed = inner.family if inner.changes else VOCABULARY["update"].family
                return Word(token, changed, inner.form, inner.noun_too)
    return None


def agent_noun(token: str) -> Word | None:
    """The verb inside a noun of agency: "reader" reads, "updater" updates."""
    if not token.endswith(("er", "or", "ers")) or len(token) < 6:
        return None
    stem = token.rstrip("s")[:-2]
    for base in (stem, stem + "e", stem[:-1]):
        word = VOCABULARY.get(base)
        if word is not None and word.form == "base":
            return word
    return None


def in_sense(word: Word, around: Iterable[str]) -> Word:
    """The word as its object makes it mean: "resolve" an id looks, "resolve" an incident closes."""
    sense = SENSES.get(word.base)
    if sense is None:
        return word
    objects, with_them, otherwise = sense
    chosen = VOCABULARY[with_them if not objects.isdisjoint(around) else otherwise]
    return Word(word.base, chosen.family, word.form, word.noun_too)


VOCABULARY: Mapping[str, Word] = MappingProxyType(_vocabulary())
COMPOUNDS: Mapping[tuple[str, ...], Word] = MappingProxyType(
    {
        (*base.split("_"),): Word(base.replace("_", " "), family, "base", False)
        for family in FAMILIES
        for base in family.words.split()
        if "_" in base
    }
)
