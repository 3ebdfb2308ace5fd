"""Command lines that say what they do in words: `aws ec2 terminate-instances`, `gcloud projects delete`, `az vm list`."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from groundstop.risk.nouns import listed
from groundstop.risk.statements.reading import Reading, changes, destroys, reads
from groundstop.risk.vocabulary import VOCABULARY
from groundstop.vocabulary import Risk

# Programs whose words are nouns and verbs. What is not here is not known, and never taken for a read.
WORDED = listed(
    """aws gcloud gsutil bq az azd func oci ibmcloud aliyun tccli doctl linode-cli hcloud scw exo vultr-cli upctl ovh openstack
    nova neutron glance cinder swift keystone heroku flyctl fly railway render vercel netlify wrangler supabase firebase
    planetscale pscale neonctl turso convex amplify eksctl ecs-cli eb copilot chamber awslocal kops kubeadm kind minikube
    k3d k3s microk8s kustomize kubens kubectx argocd argo flux istioctl linkerd cilium calicoctl velero tkn kn oc rosa
    crossplane pulumi terragrunt nomad consul vault boundary waypoint packer vagrant virsh vboxmanage VBoxManage qm pct pvesh lxc
    incus multipass podman nerdctl crictl ctr buildah skopeo crane oras helmfile gh glab hub bb tea circleci buildkite-agent
    jenkins-cli drone travis stripe paypal twilio sendgrid shopify slack doppler op bw lpass pass infisical auth0 okta
    ngrok cloudflared tailscale zerotier-cli rabbitmqctl rabbitmqadmin kafka-topics kafka-topics.sh kafka-consumer-groups
    kafka-consumer-groups.sh kafka-configs kafka-configs.sh kafka-acls kafka-acls.sh kcat nats nsc etcdctl zkCli.sh ceph rados rbd
    gluster mc s3cmd s3api rclone restic borg duplicity b2 cloud-sql-proxy snow snowsql databricks dbfs sentry-cli datadog dog
    newrelic grafana-cli promtool amtool logcli elasticsearch-sql mongocli atlas ldap influx timescaledb-tune hasura prisma sequelize
    knex typeorm drizzle-kit sfdx sf hubspot zendesk jira asana todoist trello notion linear apt apt-get apt-cache apt-mark
    aptitude yum dnf zypper apk dpkg rpm snap flatpak brew pip pip3 pipx poetry pdm uv npm pnpm yarn bun gem bundle composer
    nuget systemctl rc-service launchctl supervisorctl pm2 monit initctl svcadm sv machinectl networkctl resolvectl bootctl
    homectl userdbctl portablectl semodule firewall-cmd lvs vgs pvs lvcreate vgcreate docker-compose docker-machine gitlab-runner
    ansible-galaxy ansible-vault molecule knife berks inspec cf kubectl-argo-rollouts temporal tctl prefect dagster meltano
    great_expectations feast wandb huggingface-cli hf kaggle ollama modal replicate runpod vastai sky ray dask spark-submit
    sqlite-utils datasette litestream pgbackrest barman patronictl repmgr wal-g pg_autoctl mysqlsh mydumper percona certbot acme.sh
    step cfssl keytool cosign rekor-cli syft grype trivy snyk semgrep checkov tfsec kubesec conftest opa skaffold tilt devspace garden"""
)

# What a bare word means on a command line, where English would say something else or nothing.
_WORDS: Mapping[str, Risk] = MappingProxyType(
    {
        **dict.fromkeys(
            listed(
                """ls ll list get show describe status info inspect view cat logs log tail top ps version help search find diff plan
validate lint verify check count whoami ping explain doctor outdated audit tree df du env head peek preview lookup
simulate estimate history stats events capabilities about docs why query select read usage summarize watch dump
export doc options completion freeze showpkg policy depends rdepends madison changelog sizes stat tags
is-active is-enabled is-failed list-units list-timers list-jobs show-environment get-default list-unit-files
list-dependencies list-sockets members peers cluster-info overview current current-context which graph fmt-check
report scan lookup-self health metrics resolve trace exists wait poll print output dig sync-status has environment whois"""
            ),
            Risk.SAFE,
        ),
        **dict.fromkeys(
            listed(
                """up down init apply new login logout exec attach cp mv mb rsync tag label enable start stop restart reload run
deploy install upgrade update set add create edit patch put import push pull clone build switch pause resume scale
test daemon-reload fetch mirror copy move bind config tunnel serve send publish dev open link unlink fork init-db
refresh update-index upload download sync write append mount unmount unset-default use track undelete
promote rotate renew redeploy invoke trigger submit hold unhold lock unlock backup restart-all kickstart load unpause
generate seed bootstrap register tag-resource configure connect join adopt approve merge close reopen comment"""
            ),
            Risk.RISKY,
        ),
        **dict.fromkeys(
            listed(
                """rm rmi rb rmdir del delete destroy remove purge prune uninstall drop terminate kill nuke reset wipe clean clear gc
force-unlock revoke abort cancel unpublish yank rollback evict drain truncate flush erase deregister decommission
deprovision undeploy unregister suspend rmb delete-all delete-versions autoremove autoclean destroy-all teardown forget
disable mask isolate poweroff reboot halt rescue emergency kexec deactivate detach remove-all unseal seal step-down
expunge restore rollout-undo undo failover empty discard withdraw bootout unload undefine db:drop db:reset db:push reset-failed
remove-member leave demote force-leave force-boot"""
            ),
            Risk.DANGEROUS,
        ),
    }
)
_UNCLEAR = listed(
    """config backup monitor log logs deploy run build release report test watch image index tag tags policy policies status trace
    events version stream container network volume service services account user project cluster table search query events
    history output state export import plan env secret secrets key keys group registry cache topic storage stack schedule set
    order batch fork label branch record link clone start update mount access alert notification transfer email mail message"""
)
_MASSES = listed("batch bulk admin mass multi")
# Switches of many programs that take no value: the word behind them is the next of the command.
_ALONE = listed(
    """-m -q -v -y --debug --verbose --quiet --json --yaml --no-pager --no-color --no-cli-pager --no-paginate --yes --no-input -it
    -d -D -w --wide --raw --short --silent --no-headers --user --system --non-interactive"""
)
_ALL = re.compile(r"(?:^| )(?:--all(?:-\w+)*|-A|--recursive|--include-all|'?\*'?)(?: |=true|$)")
_RECURSIVE = re.compile(r"(?:^| )(?:--recursive|-r|-R|-rf|--force-destroy)(?: |$)")
_PRIVILEGED = re.compile(
    r"AdministratorAccess|PowerUserAccess|IAMFullAccess|roles/(?:owner|editor|iam\.\w*admin\w*)|cluster-admin|--privileged|"
    r"(?:--role|role=|--roles?)[= ]?['\"]?(?:owner|administrator|admin|superuser|root)\b|User Access Administrator|\"Action\"\s*:\s*\"\*\"|"
    r"system:masters|allUsers|allAuthenticatedUsers|public-read|visibility[ =]public|--make-public|--public(?: |$)|0\.0\.0\.0/0|::/0|--cap-add[= ]?(?:ALL|SYS_ADMIN)|"
    r"(?:^| )-p(?:ermission)?s? admin|permission=admin|--admin(?: |$)",
    re.I,
)
_FOR_GOOD = re.compile(
    r"(?:^| )(?:--force|--force-\S+|--delete|--delete-\S+|--purge|-purge|--prune|--hard|--mirror|--destroy|-destroy|-D|--auto-approve|-auto-approve|"
    r"--skip-final-snapshot|--no-preserve\S*|--remove-\S+|--replace|--overwrite|--clobber|--truncate|--reset|--wipe|--yes-i-really\S*|--volumes)(?:=true)?(?: |$)"
)
_SCHEDULED = re.compile(r"cron|schedul|put-rule|create-trigger", re.I)
_SECRETS = re.compile(
    r"get-secret-value|get-parameters?\b.*--with-decryption|secrets? versions access|keyvault secret (?:show|download)|"
    r"get-session-token|assume-role|get-federation-token|print-access-token|create-access-key|get-login-password|"
    r"(?:^| )auth (?:token|print-\w+)|storage account keys list|list-keys|get-credentials"
)
_DRY = re.compile(
    r"(?:^| )(?:--dry-run(?:=(?:client|server|true))?|--dryrun|--simulate|--noop|--no-op|--what-if|--check-only)(?: |$)"
)
_HELP = re.compile(r"(?:^| )(?:--help|-h|help|--version)$")
_VERSION = re.compile(r"^(?:--version|-v|-V|version|--help|-h|help)?$")


def read_words(program: str, words: Sequence[str], known: bool = True) -> Reading:
    """What `program words...` does, by the verb among its first words; a program nobody knows never only reads."""
    line = " ".join(words)
    said = f"{program} {line}".strip()[:60]
    if known and (_VERSION.match(line) or (_HELP.search(line) and "--" not in words)):
        return reads(f"“{said}” only tells about itself.")
    risk, verb = _verb(words)
    if risk is Risk.SAFE and known:
        if _SECRETS.search(line):
            return changes(f"“{said}” shows or hands out a secret.")
        return reads(f"“{said}” only looks.")
    if known and _DRY.search(line) and "--" not in words:
        return reads(f"“{said}” only tries what would happen.")
    if risk is Risk.DANGEROUS:
        return destroys(f"“{said}” would {verb}.", *_reach(line))
    if risk is not Risk.SAFE and _FOR_GOOD.search(line):
        return destroys(f"“{said}” would change something for good.", *_reach(line))
    if risk is Risk.RISKY and (known or verb):
        return changes(f"“{said}” changes something.", *_reach(line, program, verb))
    if known:
        return changes(f"Nothing says that “{said}” only reads.", *_reach(line))
    return destroys(f"“{program[:40]}” is no command that is known, and unknown means dangerous.")


def _reach(line: str, program: str = "", verb: str = "") -> set[str]:
    reach = set()
    if _PRIVILEGED.search(line):
        reach.add("privileged")
    if _SCHEDULED.search(verb):
        reach.add("scheduled")
    if _RECURSIVE.search(line) and not program:
        reach.add("recursive")
    if (
        _ALL.search(line)
        and verb in ("stop", "restart", "scale", "restart-all", "down", "pause", "")
        and program not in _LOCAL
    ):
        reach.add("all")
    return reach


_LOCAL = listed("npm pnpm yarn pip pip3 poetry apt apt-get brew bundle gem composer dnf yum")


def _verb(words: Sequence[str]) -> tuple[Risk | None, str]:
    """The first word that is a verb, plain ones before those that name things as well; a word behind a switch may be
    its value, so it can raise but never clear. Behind a change, a word that removes still counts ("migrate reset")."""
    best: tuple[Risk | None, str] = (None, "")
    settled = after_switch = False
    place = 0
    for word in words[:24]:
        if word == "--" or place > 4:
            break
        if word.startswith("-"):
            after_switch = "=" not in word and word not in _ALONE
            continue
        risk = meaning(word)
        if (risk is Risk.SAFE and after_switch) or (after_switch and place > 2):
            risk = None
        place += not after_switch
        after_switch = False
        if risk is None or (settled and (risk is not Risk.DANGEROUS or best[0] is Risk.SAFE)):
            continue
        plain = not _names_things(word)
        if plain and risk is not Risk.RISKY:
            return risk, word
        if best[0] is None or plain or risk.rank > best[0].rank:
            best, settled = (risk, word), settled or plain
    return best


def _names_things(word: str) -> bool:
    """True for a word that groups commands as well ("run", "backup", "route53")."""
    lower = word.lower()
    if lower in _UNCLEAR:
        return True
    found = VOCABULARY.get(lower.rstrip("0123456789"))
    return lower not in _WORDS and "-" not in lower and ":" not in lower and found is not None and found.noun_too


@lru_cache(2048)
def meaning(word: str) -> Risk | None:
    """What one word of a command line does: a word of the table, or the verb that leads or ends a compound. Words that
    only work something out elsewhere ("compute") name things here."""
    lower = word.lower()
    if lower in _WORDS:
        return _WORDS[lower]
    parts = _parts(word)
    if not parts:
        return None
    if len(parts) > 1 and not _ENDING.isdisjoint(parts) and _WORDS.get(parts[0]) is not Risk.SAFE:
        return Risk.DANGEROUS
    risk = _of_part(parts[0])
    if risk is None and ":" in lower:
        risk = _of_part(parts[-1])
    if risk is None and len(parts) > 1 and parts[-1] in _SHOWN:
        return Risk.SAFE
    return risk


def _parts(word: str) -> list[str]:
    bare = word.split("=")[0].rpartition("/")[2]
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", bare)]
    return [part for part in parts if part not in _MASSES] or parts


def _of_part(part: str) -> Risk | None:
    if part in _WORDS:
        return _WORDS[part]
    found = VOCABULARY.get(part)
    return found.family.risk if found is not None and found.form == "base" and found.changes else None


_ENDING = listed("delete terminate destroy purge drop wipe erase undefine")
_SHOWN = listed("status info list version logs stats health history tree metrics summary describe overview usage")
