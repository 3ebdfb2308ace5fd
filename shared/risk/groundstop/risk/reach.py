"""How far a change reaches: how many it concerns, whose rights it gives, and what of it starts by itself."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from groundstop.risk.evidence import Evidence, Limits
from groundstop.risk.nouns import listed
from groundstop.risk.walk import Leaf
from groundstop.vocabulary import Risk

RECIPIENTS = listed(
    """email emailaddress userid phone to cc bcc recipient recipients emails emailaddresses mails members users userids usernames attendees participants invitees
    contacts contactids subscribers customers customerids phones phonenumbers numbers channels channelids audience assignees
    reviewers followers groups groupids teams principals grantees addresses devicetokens devices"""
)
ROLES = listed(
    """role roles rolename rolenames roleid permission permissions permissionlevel accesslevel access accessrole privilege privileges
    level memberrole orgrole userrole teamrole grant grants scope scopes policy policies policyarn policyname group authority"""
)
_POWERFUL = re.compile(
    r"^(?:(?:org(?:anization)?|site|super|global|account|workspace|tenant|system|sys|db|cluster|billing|domain|security|database|project|company|app)[ _:.-]?)?"
    r"(?:owner|admin|admins|administrator|administrators|superuser|superadmin|root|sudo|wheel|sysadmin|fullcontrol|full[ _-]?control|full[ _-]?access|"
    r"maintainer[ _-]?admin|domain admins|system:masters)$|AdministratorAccess|PowerUserAccess|\broles/(?:owner|editor|.*[aA]dmin)|cluster-admin|"
    r"^(?:admin|owner|write|manage)[:._](?:\*|all|org|enterprise)$|^(?:\*[:.]\*|\*)$",
    re.I,
)
_STARTS_ITSELF = re.compile(
    r"/etc/(?:cron|sudoers|systemd|init|profile|rc|ld\.so|pam|passwd|shadow|hosts|ssh|apt|yum|security|environment)|/var/spool/cron|"
    r"(?:^|/)\.(?:bashrc|bash_profile|profile|zshrc|zprofile|zshenv|bash_login|xinitrc|xprofile|ssh/|config/(?:autostart|systemd)|git/(?:hooks|config)|gitconfig|vscode/tasks)|"
    r"authorized_keys|/Library/Launch(?:Agents|Daemons)|\\Startup\\|\\System32\\|^/(?:bin|sbin|boot|lib|lib64|usr/(?:s?bin|lib\w*|local/s?bin)|sys|proc|dev)/|"
    r"(?:^|/)(?:\.github/workflows/|\.gitlab-ci|Jenkinsfile$|\.circleci/)",
    re.I,
)
_SPLIT = re.compile(r"[,;\n]")


def powerful_role(leaf: Leaf, text: str) -> str | None:
    """A sentence when a parameter gives somebody the rights of an owner or administrator."""
    if leaf.name in ROLES and len(text) <= 120 and _POWERFUL.search(text.strip()):
        return f"it gives the rights of “{text.strip()[:40]}”."
    return None


def starts_itself(text: str) -> str | None:
    """A sentence when a path is one that the system reads or runs by itself."""
    if (
        len(text) <= 1_000
        and ("/" in text or "\\" in text or "authorized_keys" in text)
        and _STARTS_ITSELF.search(text)
    ):
        return "the file is one that the system reads or runs by itself."
    return None


def many(leaves: Iterable[Leaf], limits: Limits) -> Evidence | None:
    """Evidence that a change reaches more people or things than the policy allows without one."""
    concerned = [leaf for leaf in leaves if leaf.name in RECIPIENTS]
    if len(concerned) <= limits.recipients_max and not any(
        leaf.value.__class__ is str and len(leaf.value) > 80 for leaf in concerned
    ):
        return None
    counted = Counter(leaf.key for leaf in concerned)
    for leaf in concerned:
        if isinstance(leaf.value, str) and len(leaf.value) > 80:
            counted[leaf.key] += sum(1 for part in _SPLIT.split(leaf.value) if part.strip()) - 1
    key, most = max(counted.items(), key=lambda item: item[1])
    if most <= limits.recipients_max:
        return None
    detail = (
        f"Argument “{key[:60]}”: it reaches {most}, more than the {limits.recipients_max} that are allowed at once."
    )
    return Evidence("pattern", Risk.DANGEROUS, detail)
