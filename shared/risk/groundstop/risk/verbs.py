"""What English verbs in tool names and descriptions mean: one table of families, each with its risk and why.

The families are general English as APIs use it, not the vocabulary of any one server.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundstop.vocabulary import Risk


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
        plan think research highlight solve infer quote benchmark zoom highlight expand enrich
        reflect brainstorm autocomplete help wait_for watch ocr sort sequential_thinking snapshot
        reverse_geocode interpolate plot draw weigh consult outline proofread paraphrase rewrite_text hydrate
        beautify minify prettify condense categorize categorise segment concat concatenate correlate decompile
        disassemble decrypt deduce derive dissect distill digest disambiguate geolocate guess narrate illustrate judge
        justify extrapolate intersect moderate paginate probe prefetch preload prove qualify quantize redact refine
        rephrase reason sift simplify sketch study synthesize synthesise tabulate transpose triangulate understand
        uncover walk rerank vectorize chunk digitize cite denoise backtest mock assert receive inquire question
        elicit glance total compile hunt screen harvest thinking caption""",
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
        increment decrement touch mkdir ln cp mv tweak prepare improve enqueue dequeue requeue produce consume pop
        rate flag unflag claim unclaim punch join rejoin hide unhide mute unmute enable activate upgrade resize scale
        autoscale shrink split combine flatten compress gzip zip unzip decompress pack unpack bookmark favorite
        favourite unfavorite unfavourite amend correct fix repair remediate transition advance order exchange
        substitute tune train finetune retrain emulate define undefine redefine declare specify overlay onboard
        spawn mint commission defer delay postpone paste cut insert autofill relocate whitelist allowlist denylist
        blacklist manipulate convert_to reconcile contribute redo stamp sign embargo quote_tweet tear check_in
        check_out clock_in clock_out set_up sign_up log_time log_activity save_as report_abuse resolve_issue
        donate_item watermark automate personalize rebrand refactor recreate reformat format generate_and_save
        acquire align animate appoint apportion arrange assemble attest bundle bypass cache certify circulate cleanse
        conclude consolidate construct confirm curate dedupe deduplicate deduct design develop dispute
        distribute encrypt endorse engage enhance ensure enter establish exclude exit formulate give include
        incorporate instantiate instruct integrate introduce invert issue_refund lay lease lift localize lower mix
        nominate notarize nudge obfuscate offer organize organise output override partition pivot place plug
        present preserve pull proxy publicize raise randomize ratify recover redirect reduce relate relinquish repeat
        repurpose retag reuse revise roll route sanitize seal secure serve shelve shuffle silence slice smooth
        snap stack standardize stitch style supply take teach tie unify unroll untar wrap bootstrap squash
        pair unpair beam convey tunnel bridge vest listen trust upscale attend mention yield
        trim crop clip download_to file_ticket open_issue open_ticket turn_on turn_off opt_in opt_out leave""",
    ),
    Family(
        "send",
        Risk.RISKY,
        "sends something to someone, which cannot be called back",
        """send email mail message sms reply respond forward broadcast notify announce tweet retweet
        invite reinvite resend call phone dial contact alert share unshare fax whisper chat speak say
        emit dispatch deliver request solicit remind transmit relay handoff hand_off ship fulfill fulfil
        feedback text sendmail warn voice nudge_user""",
    ),
    Family(
        "interact",
        Risk.RISKY,
        "operates a page, device or program as a person would",
        """click doubleclick tap press type hover drag drop_file scroll swipe navigate goto go upload_file
        handle_dialog interact reload refresh keypress keydown keyup mousedown mouseup pinch maximize minimize
        unlock lock arm disarm dim brighten play skip seek rewind dock undock eject cast heat cool
        teleport visit ring bring focus drive fly steer rotate_camera""",
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
        remit disburse spend payout settle liquidate place_order wire debit credit bill lend borrow
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
        blackhole restrict freeze unfreeze unmask foreclose privilege""",
    ),
)
