"""What English verbs in tool names and descriptions mean: one table of families, each with its risk and why.

The families are general English as APIs use it, not the vocabulary of any one server. A word may be a verb and a
noun at once ("post", "order"); those are listed in ``NOUNS_TOO`` and count as verbs only where a verb can stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groundstop.words import Risk


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
        grep glob ls cat whoami display print return obtain explore observe examine grab pull_info ask recall see
        hydrate introspect investigate diagnose monitor poll track trace tell lists gets render recommend suggest
        scan sample visualize visualise profile survey review audit know answer match filter sort group aggregate
        access report provide expose contain collect gather demonstrate look peruse traverse trend blame
        subtract multiply divide sum round""",
    ),
    Family(
        "compute",
        Risk.SAFE,
        "works something out without changing anything",
        """calculate compute estimate convert validate verify lint parse extract translate detect classify resolve
        analyze analyse generate transform format encode decode hash evaluate_risk score rank measure predict forecast
        export download scrape crawl map load open wait assess simulate test geocode transcribe tokenize embed
        normalize normalise dump snapshot screenshot capture screencap take_screenshot select connect disconnect
        plan think research highlight focus solve infer quote benchmark demo zoom dig deduplicate_check
        reflect brainstorm autocomplete complete_text help annotate_locally wait_for watch ocr
        reverse_geocode interpolate plot draw weigh consult outline""",
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
        finish archive unarchive restore_draft resolve_thread dismiss acknowledge ack snooze escalate prioritize
        reprioritize reorder reassign promote demote publish unpublish post draft compose record log track_event
        make build initialize initialise init new set_up setup provision backfill populate seed sync synchronize
        synchronise refresh_data mirror replicate migrate convert_in_place apply bind unbind mount unmount map_to
        allocate associate disassociate annotate comment save_as persist remember memorize memorise learn ingest
        index reindex vacuum analyze_table optimize optimise compact mutate manage maintain administer crud upsert_many
        toggle switch turn swap_in rotate regenerate renew extend shorten cherrypick pick fill tweak increment decrement
        touch mkdir ln cp mv chmod_plus enqueue queue requeue produce consume ack_message provide_feedback
        rate review_write flag unflag report_abuse claim unclaim checkin check_in punch clock_in join leave_group
        hide unhide mute unmute enable activate upgrade resize scale autoscale expand shrink split combine flatten
        watermark compress gzip zip unzip decompress pack unpack reply_draft bookmark favorite favourite unfavorite
        unfavourite personalize personalise negotiate contribute donate_item translate_file amend correct fix repair
        remediate transition advance order reorder_items exchange return_item substitute enrich tune train finetune
        retrain label_data emulate define undefine redefine declare specify overlay clear_selection adopt onboard
        spawn fabricate generate_and_save mint commission open_issue file_ticket defer delay postpone plan_create
        clip crop trim paste cut insert_text indent autofill format_disk_label relocate transplant whitelist allowlist
        denylist blacklist tokenise_card""",
    ),
    Family(
        "send",
        Risk.RISKY,
        "sends something to someone, which cannot be called back",
        """send email mail message text_message sms reply respond forward broadcast notify announce tweet retweet dm
        invite reinvite resend call phone dial contact alert share unshare webhook fax whisper chat speak say
        emit dispatch deliver ship_message request_review request solicit remind page_oncall signal transmit relay
        handoff hand_off""",
    ),
    Family(
        "interact",
        Risk.RISKY,
        "operates a page, device or program as a person would",
        """click doubleclick tap press type hover drag drop_file scroll swipe navigate goto go fill_form focus_element
        upload_file handle_dialog interact activate_window resize_page back forward_page reload refresh hold_key
        keypress keydown keyup mousedown mouseup pinch maximize minimize unlock lock arm disarm dim brighten
        play skip seek rewind vacuum_room dock eject print_document launch_app cast open_door open_valve close_valve
        set_temperature heat cool""",
    ),
    Family(
        "control",
        Risk.RISKY,
        "starts, stops or steers something that runs",
        """start stop restart reboot pause resume suspend_job launch boot shutdown halt power trigger rerun retry
        requeue_job redeploy deploy undeploy release_version rollout activate_flow run invoke install uninstall_old
        reinstall upgrade_cluster unblock continue begin end initiate abort_upload cordon uncordon drain recycle
        hibernate wake awaken failover evict_cache rebalance rebuild perform process simulate_traffic warm
        throttle unthrottle preheat calibrate stream_start record_start delegate orchestrate crank kick
        authenticate authorize authorise login logout signin signout signup impersonate""",
    ),
    Family(
        "destroy",
        Risk.DANGEROUS,
        "removes or overwrites something, perhaps for good",
        """delete remove destroy drop purge wipe erase truncate clear reset flush kill terminate revoke overwrite
        uninstall deprovision teardown tear_down trash discard expunge unregister deregister cancel abort void
        rm rmdir unlink_file shred nuke obliterate scrub evict prune cleanup clean format_disk factory_reset
        rollback revert restore undo downgrade decommission deactivate suspend disband dissolve dismantle expire
        invalidate disable detach_volume empty unassign_all unset del detonate annihilate eliminate deallocate
        release_ip unfriend kick_user withdraw_offer reject force rewrite unpublish_package yank retire sunset
        deprecate_package despawn unenroll strip delist burn""",
    ),
    Family(
        "pay",
        Risk.DANGEROUS,
        "moves money or commits to a purchase",
        """pay charge refund transfer withdraw deposit buy purchase sell trade swap stake unstake bid donate invest
        remit disburse payout capture_payment settle liquidate short place_order wire debit credit bill lend borrow
        redeem tip reimburse bridge_tokens approve_token checkout_cart""",
    ),
    Family(
        "execute",
        Risk.DANGEROUS,
        "runs code or commands that could do anything",
        """execute exec eval evaluate shell bash spawn_process sudo powershell cmd ssh run_code script inject
        interpret compile_and_run""",
    ),
    Family(
        "access",
        Risk.DANGEROUS,
        "changes who may do what",
        """grant ban unban block unblock_user deny permit elevate escalate_privileges chmod chown allow disallow
        transfer_ownership impersonate_user quarantine isolate blackhole whitelist_ip""",
    ),
)

# Words that are at home as nouns, too: they act as verbs only at the head of a name or sentence.
NOUNS_TOO = frozenset(
    """post comment label tag branch commit order schedule request report message email mail log release fork star
    charge trade transfer book form search query record plan watch review test build deploy run import export download
    upload update change access archive backup block call clone copy cut drop edit filter follow format host
    index invite link lock map mark match merge note notice pin place play press print process project quote rate reply
    return route sample scale score sign snapshot sort source split stage store stream subject summary support
    sync target text trace track trigger type use view visit vote alert page profile power contact credit debit bill
    tip bid stake swap flag patch fix group rank survey audit chat stash head tail display sum count diff
    stop set start reset queue model train tune compress cast hash research embed screenshot capture check
    exchange claim draft share tweet dim cool heat dock go back reload press hold order signal transition
    wire burn clip crop trim paste script shell exec bash ssh cmd cat look load open empty clean short hide stat
    launch process lock like bookmark favorite favourite react vacuum blame monitor scan access provide end switch
    turn focus return contain zoom say pack short round ping echo glob grep phone wake upgrade help complete
    fill pick poll answer index measure render fetch explain trend shape demo dump crawl plot draw shape file
    say cancel clear sum force access compact collect join store new correct burn void retire mirror seed
    suspect format deposit purchase refund live connect select return settle make""".split()
)

# Nouns that, at the end of a name with no other verb, say that the tool only reports ("user-info", "zone_details").
REPORTING_NOUNS = frozenset(
    """info information detail details status state stats statistics history list logs log metadata schema summary
    overview tree contents content count counts metrics insights results result report reports usage version versions
    definition definitions options properties property docs documentation help guide rules instructions profile
    balance price prices quote quotes weather forecast time date details usage quota limits limit health whoami
    me self kernels types categories schemas messages members users items entries records events alerts requests
    responses replies unreads indexes size sizes diff blame tools resources prompts directions matrix isochrone
    token organization policy guidelines examples sitemap graph breakdown totals costs spend activity feed timeline
    suggestions recommendations related similar changelog coverage lookup availability capabilities config
    configuration settings permissions roles preview analysis analytics score rating ratings reviews news headlines
    trends leaderboard ranking chart candles ohlcv ticker orderbook positions holdings transactions""".split()
)

# After a looking verb these make a following action word part of a noun ("get update status", "list delete events").
ACTION_NOUN_FOLLOWERS = REPORTING_NOUNS | frozenset(
    """form url link template templates candidates estimate job jobs run runs request task tasks action reason reasons
    code codes permission at by flag marker protection rule hook hooks target targets queue test tests
    mode method methods type field fields window command commands operation operations error errors
    notes note page pages event issue issues session sessions file files branch branches build builds order orders
    group groups set sets name names id ids key keys date window plan plans schedule schedules pending
    """.split()
)

# Verbs that say nothing by themselves: their object decides ("perform a search", "run a report", "manage labels").
LIGHT_VERBS = frozenset("run execute perform do make process use call invoke trigger handle start".split())
LOOKING_OBJECTS = frozenset(
    """query queries search report aggregation lookup scan analysis audit diagnostic diagnostics check health
    comparison calculation inspection similarity semantic web find test tests lint assessment explain review
    benchmark validation research ping traceroute whois dns""".split()
)


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


VOCABULARY: Mapping[str, Word] = MappingProxyType(_vocabulary())
COMPOUNDS: Mapping[tuple[str, ...], Word] = MappingProxyType(
    {
        tuple(base.split("_")): Word(base.replace("_", " "), family, "base", False)
        for family in FAMILIES
        for base in family.words.split()
        if "_" in base
    }
)
