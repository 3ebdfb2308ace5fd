"""Well-known command lines whose words alone would mislead: what each subcommand of theirs does."""

# ruff: noqa: E501 - one meaning a line

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from groundstop.risk.statements.switches import Rule
from groundstop.vocabulary import Risk

_D, _R, _S = "dangerous", "risky", "safe"

# (programs, ((pattern over the words after global switches, risk, why), ...)): the first that matches decides; where
# none does, the words are read as those of any other program.
_TABLE: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("git", (
        (r"push\b.*(?: --force\b| --force-with-lease| -\w*f\w*\b| --mirror| --delete| -d | --prune| :\S| \+\S)", _D, "overwrites or removes what others have"),
        (r"reset\b.*--(?:hard|merge|keep)", _D, "throws work away"),
        (r"clean\b(?!.*(?: -\w*n| --dry-run))", _D, "removes files that are not kept"),
        (r"branch\b.*(?: -\w*[dDM]\w*\b| --delete| --force| -f )", _D, "removes or replaces a branch"),
        (r"tag\b.*(?: -\w*[df]\w*\b| --delete| --force)", _D, "removes or replaces a tag"),
        (r"(?:checkout|switch)\b.*(?: -f\b| --force| --discard-changes| -- | \.$| -B | -C )", _D, "throws changes away"),
        (r"restore\b(?!.*--staged(?!.*--worktree))", _D, "throws changes away"),
        (r"stash (?:drop|clear)|reflog (?:expire|delete)|gc\b.*--prune|prune\b|filter-(?:branch|repo)|update-ref\b|replace\b|symbolic-ref .*-d|worktree (?:remove|prune)|"
         r"remote (?:rm|remove|prune|set-url)|submodule deinit|rm\b(?!.*--cached)|lfs prune|branch -D|bisect run|rebase\b.*(?:--exec|-x )|notes (?:remove|prune)|sparse-checkout", _D, "removes work or changes where it goes"),
        (r"(?:status|log|diff|show|blame|annotate|shortlog|describe|rev-parse|rev-list|ls-files|ls-tree|ls-remote|cat-file|grep|whatchanged|reflog(?: show)?|name-rev|merge-base|cherry(?!-)|count-objects|"
         r"fsck|var|version|help|diff-tree|diff-index|diff-files|for-each-ref|show-ref|show-branch|range-diff|check-ignore|check-attr|verify-commit|verify-tag|get-tar-commit-id|patch-id|bugreport)\b(?!.*(?: --output| --ext-diff|--textconv))", _S, ""),
        (r"(?:branch|tag)(?: (?:-[avrl]+|-vv|-n\d*|--list|--all|--remotes|--verbose|--show-current|--column|--(?:sort|format|contains|no-contains|merged|no-merged|points-at)(?:[= ]\S+)?)(?: '?[\w./*-]+'?)?)*$", _S, ""),
        (r"(?:remote(?: -v| show(?: -n)? \S+| get-url \S+)?|stash (?:list|show)\b.*|worktree list.*|notes (?:list|show)\b.*|submodule(?: status.*| summary.*)?|bisect (?:log|view)|lfs (?:ls-files|status|env)|"
         r"config (?:--(?:global|local|system|worktree) )?(?:(?:--get\S*|get) \S+|--list|-l|list)(?: --show-\w+)*)$", _S, ""),
        (r"(?:add|commit|push|fetch|clean|rm|mv)\b.*(?: --dry-run| -n\b)(?!.*push.* -n)", _S, ""),
        (r"config\b.*(?:sshCommand|core\.(?:pager|editor|hooksPath|fsmonitor)|alias\.|credential|url\..*insteadOf|filter\.|diff\..*command)", _D, "changes what git runs"),
        (r"(?:add|commit|push|pull|fetch|merge|rebase|cherry-pick|revert|stash|checkout|switch|branch|tag|clone|init|remote|config|mv|apply|am|bisect|submodule|worktree|notes|format-patch|archive|bundle|gc|maintenance|lfs|rm|subtree|rerere|send-email|request-pull|restore|reset|clean)\b", _R, "changes the repository"),
    )),
    ("kubectl oc k3s.kubectl", (
        (r".* --dry-run(?:=(?:client|server))?(?: |$)(?!.* -- )", _S, ""),
        (r"(?:get|describe)\b.*\bsecrets?\b.*(?: -o| --output|--template)", _R, "shows secrets"),
        (r"(?:config view)\b.*--raw", _R, "shows credentials"),
        (r"(?:get|describe|logs?|top|explain|api-resources|api-versions|version|cluster-info(?! dump.*--output-dir)|diff|events|wait|options|completion|kustomize|whoami|projects?$|status)\b", _S, ""),
        (r"(?:auth (?:can-i|whoami)|config (?:view|get-contexts|current-context|get-clusters|get-users)|rollout (?:status|history)|plugin list|certificate list|adm top)\b", _S, ""),
        (r"(?:delete|drain|evict|rollout undo|adm drain|adm prune|replace\b.*--force|apply\b.*--prune|config (?:delete|unset)|certificate deny|adm policy)", _D, "removes or moves what runs"),
        (r"scale\b.*--replicas[= ]0\b|.*--all\b|patch\b.*(?:finalizers|\"replicas\"\s*:\s*0)", _D, "stops what runs"),
        (r"create\b.*(?:cronjob|clusterrolebinding|rolebinding|clusterrole|token)|set (?:serviceaccount|subject)", _D, "gives rights or schedules code"),
        (r"(?:debug|attach|proxy|port-forward)\b", _R, "opens a way into what runs"),
        (r"\w", _R, "changes the cluster"),
    )),
    ("docker podman nerdctl", (
        (r"(?:\w+ )?(?:run|create)\b.*(?: --privileged| --cap-add| --pid[= ]host| --userns[= ]host| (?:-v|--volume|--mount)[= ]?\S*(?:docker\.sock|(?:^|[ =:])/(?::|etc|root|var|proc|sys|boot)))", _D, "gives a container the rights of the machine"),
        (r"(?:rm|rmi|kill|prune)\b|(?:container|image|volume|network|system|builder|buildx|secret|config|service|stack|node|context|plugin|manifest|pod|machine|trust) (?:rm|remove|rmi|prune|kill|reset|revoke|disable|demote)\b|swarm (?:leave|init|ca)|compose\b.*(?: rm\b| kill\b| down\b.*(?: -v\b| --volumes| --rmi))", _D, "removes containers, images or data"),
        (r"(?:ps|images|logs|inspect|stats|top|version|info|history|port|diff|search|events|wait|help)\b", _S, ""),
        (r"(?:container|image|volume|network|system|builder|buildx|secret|config|service|stack|node|context|plugin|manifest|swarm|pod|machine|trust|scout|sbom) (?:ls|list|ps|inspect|show|df|info|events|logs|top|stats|port|diff|history|search|tasks|services|quickview|cves|du)\b", _S, ""),
        (r"compose\b(?: (?:-f|-p|--file|--project-name|--profile|--env-file)[ =]\S+)* (?:ps|logs|config|ls|images|top|port|version|events|stats)\b", _S, ""),
        (r"login\b.*(?: -p | --password )|cp\b", _R, "copies files or signs in"),
        (r"\w", _R, "changes containers or images"),
    )),
    ("docker-compose podman-compose", (
        (r"(?:-\S+ \S+ )*(?:rm|kill|down\b.*(?: -v\b| --volumes| --rmi))\b", _D, "removes containers or data"),
        (r"(?:-\S+ \S+ )*(?:ps|logs|config|images|top|port|version|events|ls)\b", _S, ""),
        (r"\w", _R, "changes containers"),
    )),
    ("terraform tofu terragrunt", (
        (r"(?:run-all |run --all )?(?:destroy|force-unlock|taint)\b|apply\b.*(?: -destroy| -auto-approve| --auto-approve| --terragrunt-non-interactive)|state (?:rm|push|replace-provider)|workspace delete", _D, "may remove what it manages"),
        (r"(?:plan|show|output|validate|version|providers|graph|get|metadata|state (?:list|show|pull)|workspace (?:list|show)|fmt\b.*-check|test|console|hclfmt .*--check|run-all (?:plan|validate|output))\b", _S, ""),
        (r"\w", _R, "changes what it manages"),
    )),
    ("pulumi", (
        (r"(?:destroy|down|stack rm|state delete|cancel|refresh\b.*--yes|up\b.*(?:--yes| -y| --skip-preview))", _D, "may remove what it manages"),
        (r"(?:preview|stack (?:ls|output|graph|history)?$|stack (?:ls|output|graph|history)|config(?: get)?|logs|about|whoami|version|console)\b", _S, ""),
        (r"\w", _R, "changes what it manages"),
    )),
    ("helm helmfile", (
        (r".* --dry-run\b", _S, ""),
        (r"(?:uninstall|delete|del|un|rollback|destroy|repo remove|plugin uninstall)\b", _D, "removes or takes back a release"),
        (r"(?:list|ls|status|get|history|hist|search|show|inspect|template|lint|version|env|verify|diff|repo list|plugin list|dependency list|build|deps)\b", _S, ""),
        (r"\w", _R, "changes a release"),
    )),
    ("systemctl", (
        (r"(?:status|is-\w+|list-\S+|show|show-environment|cat|get-default|help)\b", _S, ""),
        (r"(?:mask|disable|isolate|kill|poweroff|reboot|halt|rescue|emergency|kexec|suspend|hibernate|clean|revert|reset-failed|set-default|edit|link|stop (?:ssh|sshd|network|firewalld|NetworkManager|systemd-\w+|auditd|docker|kubelet)\b|.* (?:--force| -f))", _D, "may stop the machine or a part of it for good"),
        (r"\w", _R, "steers a service"),
    )),
    ("npm pnpm yarn bun", (
        (r"(?:publish|unpublish|deprecate|owner|access|token|dist-tag (?:add|rm)|uninstall|remove|rm|un|prune|unlink|hook|team|org|logout|cache clean|adduser)\b", _D, "publishes or removes a package"),
        (r"(?:exec|dlx|x|create|init \S)\b", _D, "runs code that is fetched"),
        (r"(?:ls|list|la|ll|view|info|show|v|search|outdated|audit(?! fix)|config (?:get|list|ls)|get|whoami|ping|explain|why|root|prefix|bin|docs|repo|help|doctor|fund|licenses|pack --dry-run|version$|query|dedupe --dry-run|-v|dist-tag ls|cache (?:ls|verify)|run$|run-script$)\b", _S, ""),
        (r"(?:run |run-script )?\S*(?:clean|destroy|drop|reset|purge|wipe|nuke|delete)\S*", _D, "runs a script that removes"),
        (r"\w", _R, "installs or runs the project's own code"),
    )),
    ("pip pip3 pipx poetry uv pdm conda mamba gem composer bundle", (
        (r"(?:list|show|freeze|check|search|index|config (?:list|get)|debug|inspect|help|env info|env list|outdated|licenses|tree|pip (?:list|show|freeze|check|tree)|info|version|python list|tool list|export|why|diagnose|validate|contents|dependency|specification|environment|cache (?:dir|info|list))\b", _S, ""),
        (r"(?:uninstall|remove|purge|cache (?:purge|remove|clean|clear)|cleanup|pristine|pip uninstall|env remove|tool uninstall|publish|yank|push|owner|clean)\b|self-destruct", _D, "removes or publishes a package"),
        (r"(?:run|exec|x|tool run)\b", _D, "runs code"),
        (r"\w", _R, "changes what is installed"),
    )),
    ("apt apt-get aptitude yum dnf zypper apk rpm dpkg pacman snap flatpak brew", (
        (r"(?:list|show|search|policy|depends|rdepends|info|provides|repolist|history(?! undo)|check-update|check|changelog|madison|--version|deplist|whatprovides|repoquery|outdated|leaves|deps|doctor|config|find|audit|version|-[lLsSpcC]\b|-q\w*|-V\w*|--list|--status|--search|--print-avail|--get-selections|se|lu|lr|if)(?: |$)", _S, ""),
        (r".*(?: -s| --simulate| --dry-run| --just-print| --download-only)(?: |$)", _S, ""),
        (r"(?:-\S+ )*(?:remove|purge|autoremove|autopurge|erase|rm|del|uninstall|downgrade|history undo|-r|-P|-e|--remove|--purge|--erase|autoclean|clean|cleanup|distro-sync|system-upgrade|dist-upgrade|full-upgrade)(?: |$)", _D, "removes or replaces packages"),
        (r"\S", _R, "changes what is installed"),
    )),
    ("aws awslocal", (
        (r".*(?:s3 (?:sync|mv)\b.* --delete|s3 (?:rm|rb)\b|s3 mv\b.*--recursive)", _D, "removes objects"),
        (r".*\biam (?:attach|put|create|add|update|set)-\S*(?:policy|key|profile|user|role|group|login)\b.*(?:Admin|\*|FullAccess)|.*iam (?:create-access-key|create-login-profile|update-assume-role-policy|add-user-to-group)", _D, "gives somebody rights"),
        (r".*\b(?:put-bucket-acl|put-object-acl|put-bucket-policy|put-public-access-block|put-key-policy|authorize-security-group-ingress|modify-db-instance.*publicly|put-resource-policy|add-permission)\b", _D, "opens something to others"),
        (r".*\b(?:ssm (?:send-command|start-session)|lambda invoke|ecs (?:execute-command|run-task)|batch submit-job)\b", _R, "runs something"),
        (r".*\b(?:modify|put|update|set)-\S*\b.*--(?:no-deletion-protection|skip-final-snapshot|no-enable-\S+)", _D, "removes a safeguard"),
        (r".*\b(?:stop-logging|delete-trail|leave-organization|close-account|schedule-key-deletion|disable-key|deregister-\S+|reset-\S+|reboot-\S+|cancel-\S+|revoke-\S+|release-address|remove-\S+|stop-(?:db|instances).*--force)\b", _D, "removes, stops or cuts off"),
    )),
    ("gcloud", (
        (r".*\b(?:add|set|remove)-iam-policy(?:-binding)?\b", _D, "changes who may do what"),
        (r".*\b(?:delete|destroy|disable|reset|purge|remove-\S+|rollback|cancel|abandon|kill)\b", _D, "removes or stops something"),
    )),
    ("az", (
        (r".*\b(?:delete|remove|purge|revoke|deallocate|reset|reimage|disable|cancel|stop .*--skip-shutdown|detach|force-\S+|wipe|redeploy|failover|clear|undelete|unlock)\b", _D, "removes or stops something"),
        (r".*\brole assignment create\b|.*\bad app permission\b|.*\bcredential reset\b", _D, "gives somebody rights"),
        (r"rest\b.*(?:-m|--method)[ =](?:delete)", _D, "deletes by an HTTP request"),
        (r"rest\b.*(?:-m|--method)[ =](?:get|head)", _S, ""),
    )),
    ("gh glab", (
        (r"api\b.*(?:-X|--method)[ =]?(?:DELETE)", _D, "deletes by an HTTP request"),
        (r"api graphql\b.*mutation", _D, "runs a mutation"),
        (r"api\b.*(?:-X|--method)[ =]?(?:POST|PUT|PATCH)", _R, "changes by an HTTP request"),
        (r"api\b(?!.* (?:-f|-F|--field|--raw-field|--input)[ =])", _S, ""),
        (r"api\b.*(?:-X|--method)[ =]?GET", _S, ""),
        (r"(?:repo|issue|pr|mr|release|run|gist|label|secret|variable|cache|project|ruleset|codespace|ssh-key|gpg-key|org|workflow|auth|ci|pipeline|snippet|alias|extension|config)\s(?:list|view|ls|status|diff|checks|watch|get|download --dry|show|item-list|field-list)\b|status\b|search\b|browse .*-n|repo view|auth status|version", _S, ""),
        (r"(?:\S+ )?(?:delete|remove|archive|rename|transfer|item-delete|disable|lock|cancel|set-default .*--unset|logout|unlink)\b|pr merge\b.*(?:--admin|--delete-branch| -d\b)|repo (?:edit\b.*--visibility|deploy-key)|auth token|release upload\b.*--clobber", _D, "removes something or gives it away"),
        (r"\w", _R, "changes something at the host"),
    )),
    ("gsutil", (
        (r"(?:-\S+ )*(?:rm|rb|acl|iam (?:set|ch)|rsync\b.* -d|mv|defacl|lifecycle set|kms|hmac|retention|setmeta)\b", _D, "removes objects or changes who may read them"),
        (r"(?:-\S+ )*(?:ls|du|stat|cat|hash|version|iam get|acl get|lifecycle get|versioning get|label get|logging get|cors get|help)\b", _S, ""),
    )),
    ("bq", (
        (r"(?:-\S+ )*(?:rm|cancel|truncate)\b|.*--replace|.*\bWRITE_TRUNCATE", _D, "removes or overwrites tables"),
        (r"(?:-\S+ )*(?:ls|show|head|version|info|help|get-iam-policy|wait|query\b.*--dry_run)\b", _S, ""),
    )),
    ("vault bao", (
        (r"(?:read|kv get|print token|token create|unwrap|login|write\b.*(?:creds|token|login))\b", _R, "shows or hands out a secret"),
        (r"(?:status|version|list|secrets list|auth list|policy (?:list|read|fmt)|token (?:lookup|capabilities)|audit list|kv (?:list|metadata get)|operator (?:members|raft list-peers|key-status)|path-help|plugin (?:list|info)|lease lookup|namespace list)\b", _S, ""),
        (r"operator (?:seal|unseal|init|rekey|rotate|step-down|raft (?:remove|snapshot restore)|generate-root)|secrets (?:disable|move)|auth disable|lease revoke|token revoke|policy (?:delete|write)|delete|kv (?:delete|destroy|metadata delete|rollback)|audit disable", _D, "removes secrets or changes who may read them"),
    )),
    ("etcdctl consul nomad", (
        (r"(?:kv )?(?:get|watch)\b|endpoint (?:health|status|hashkv)|member list|alarm list|(?:user|role) (?:get|list)|members|info|catalog|operator raft list-peers|kv get|health|monitor|(?:job|node|alloc|deployment|server|eval|namespace|service) (?:status|list|info|inspect|history|plan|members|logs)|status|agent-info|ui -|validate|version|inspect|plan", _S, ""),
        (r"(?:kv )?(?:del|delete|put .*--prev|defrag|compact|move-leader|lock)\b|snapshot restore|member remove|auth disable|alarm disarm|role (?:delete|grant)|user (?:delete|grant)|leave|force-leave|system gc|job (?:stop|revert|deployments? fail)|stop\b|node (?:drain|purge|eligibility)|namespace delete|acl", _D, "removes keys or members"),
    )),
    ("heroku", (
        (r"(?:logs|ps$|ps:\w*type|apps(?::info)?$|apps:info|config|config:get|info|releases(?::info)?|addons(?::info|:docs)?$|status|domains(?::info)?|pg:(?:info|ps|locks|diagnose|bloat|outliers|credentials$|backups$|backups:info)|pipelines(?::info)?|access|regions|version|whoami|auth:whoami|certs(?::info)?|redis:info|spaces|drains)(?: -\S+(?: [\w.-]+)?)*$", _S, ""),
        (r"\S*(?:destroy|delete|remove|reset|rollback|unset|kill|revoke|transfer|promote|restore|rename|clear|killall|cancel|stop)\b|pg:(?:push|pull|copy|psql)|run\b|ps:scale \S+=0|maintenance:on", _D, "removes, replaces or runs something"),
    )),
    ("flyctl fly", (
        (r"(?:\S+ )?(?:destroy|delete|remove|revoke|unset|suspend|kill|stop|detach)\b|ssh\b|scale count 0|postgres (?:connect|failover)", _D, "removes or stops something"),
    )),
    ("vercel netlify wrangler railway render supabase firebase", (
        (r"(?:\S+ )?(?:rm|remove|delete|\S*:delete|\S*:destroy|purge|reset|rollback|disable|unlink|down|unset)\b|db (?:reset|push)|d1 execute|.*:disable|functions:delete|firestore:delete|database:(?:remove|set)|auth:import", _D, "removes or resets something"),
        (r"(?:ls|list|inspect|logs?|whoami|status|tail|env ls|domains ls|projects? (?:ls|list)|teams ls|\S+:list|\S+:log|sites:list|deployments? list|kv:\S+ (?:list|get)|kv key (?:list|get)|projects:list|functions:(?:list|log)|apps:list|help|--version|db (?:diff|lint)|migration list|secrets list|variables$|open)(?: |$)", _S, ""),
    )),
    ("kafka-topics kafka-topics.sh kafka-configs kafka-configs.sh kafka-acls kafka-acls.sh kafka-consumer-groups kafka-consumer-groups.sh", (
        (r".*--(?:delete|reset-offsets.*--execute|remove|delete-offsets|delete-config)\b", _D, "removes topics, groups or rights"),
        (r".*--(?:list|describe|version|help|reset-offsets.*--dry-run)\b", _S, ""),
        (r".*--add\b.*(?:acls|--allow-principal)|.*--allow-principal", _D, "gives somebody rights"),
    )),
    ("rabbitmqctl rabbitmqadmin", (
        (r"(?:-\S+ \S+ )*(?:list\S*|status|cluster_status|environment|report|ping|node_health_check|eval_file .*|show|get .*ack_requeue_true|version|check_\S+|help)\b", _S, ""),
        (r"(?:-\S+ \S+ )*(?:delete\S*|purge\S*|reset|force_\S+|stop\S*|shutdown|clear_\S+|close\S*|forget_\S+|eval|change_password|set_permissions|set_user_tags|add_user|remove\S*|rotate\S*|get\b|suspend\S*|drain)\b", _D, "removes messages or queues, or changes who may use them"),
    )),
    ("nats", (
        (r"(?:-\S+ \S+ )*(?:\w+ )?(?:rm|purge|del|delete|erase|rmm|edit|restore|stepdown|seal|cluster|leafnode|peer-remove|unpause|request\b.*\$JS\.API\S*(?:DELETE|PURGE))", _D, "removes messages or streams"),
        (r"(?:-\S+ \S+ )*(?:(?:stream|consumer|kv|object|account|server|service|context|s|c) )?(?:ls|list|info|report|ping|rtt|view|status|check|history|get|watch|subjects|state|graph|find|events|sub)\b", _S, ""),
    )),
    ("stripe paypal", (
        (r"(?:refunds|payouts|transfers|charges|payment_intents|topups) (?:create|confirm|capture|cancel|reverse)|\S+ (?:delete|cancel|void)|delete\b|.*--live\b.*(?:create|update|delete|post)", _D, "moves money or removes something"),
        (r"post\b.*(?:refunds|payouts|transfers|charges|payment_intents)", _D, "moves money"),
        (r"(?:get|listen|logs tail|status|version|config --list|resources|\S+ (?:list|retrieve|search))\b", _S, ""),
    )),
    ("rclone s3cmd mc b2 restic borg", (
        (r"(?:-\S+ )*(?:delete\S*|purge|rmdirs?|cleanup|sync|move\S*|dedupe|del|rb|rm\b|abortmp|setacl|forget|prune|mirror\b.*--(?:remove|overwrite)|bisync|unlock|anonymous set|policy set|hide|expire|key remove)\b", _D, "removes or overwrites files"),
        (r"(?:-\S+ )*(?:ls\w*|tree|size|about|check\w*|cat|md5sum|sha1sum|hashsum|config show|version|listremotes|ncdu|info|du|la|multipart|stat|diff|find|list\S*|get-\S+|snapshots|stats|find|diff)\b", _S, ""),
    )),
)  # fmt: skip


def _rules() -> dict[str, tuple[Rule, ...]]:
    return {
        name: tuple(
            (re.compile(pattern, re.I if name in ("az", "gh", "glab") else 0), Risk(risk), why)
            for pattern, risk, why in rules
        )
        for names, rules in _TABLE
        for name in names.split()
    }


SUBCOMMANDS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(_rules())
# Switches of the program itself that stand before the subcommand and take a value.
GLOBAL_VALUES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "git": frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"}),
        **dict.fromkeys(("kubectl", "oc"), frozenset({"-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--user", "-s", "--server", "--token", "--as", "--as-group", "-v"})),
        **dict.fromkeys(("docker", "podman", "nerdctl"), frozenset({"-H", "--host", "-c", "--context", "--config", "-l", "--log-level"})),
        **dict.fromkeys(("helm", "helmfile"), frozenset({"-n", "--namespace", "--kube-context", "--kubeconfig", "-f", "--file", "-e", "-l"})),
        **dict.fromkeys(("terraform", "tofu", "terragrunt"), frozenset({"-chdir"})),
        **dict.fromkeys(("aws", "awslocal"), frozenset({"--region", "--profile", "--output", "--endpoint-url", "--query", "--cli-read-timeout", "--color"})),
        "systemctl": frozenset({"-M", "--machine", "-H", "--host", "-t", "--type", "-n", "-o"}),
        **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), frozenset({"--prefix", "-C", "--dir", "--cwd", "--filter", "-F", "-w", "--workspace"})),
    }
)  # fmt: skip
