"""Which parameters and values are hazardous: the words and shapes that the patterns look for."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re

from groundstop.risk.nouns import listed

SCANNED_CHARS_MAX = 4_096
ALL_CHARS_MAX = 65_536

# Prose may say anything ("rm -rf", "DROP TABLE") without doing it; these parameters are prose or file content.
PROSE = listed(
    """body content contents text message messages description comment note notes title subject html markdown
    md summary caption answer reasoning prompt instructions instruction observation observations blocks
    richtext newcontent oldtext newtext oldstring newstring diff patch commitmessage documentation readme
    bio feedback review question filecontent filetext data value"""
)
QUERYING = listed(
    "query q search sql statement stmt filter where expression condition keyword keywords term searchterm"
)
SCOPE = listed(
    """target targets scope ids id filter where selector resource resources path paths pattern table tables
    user users recipients recipient to collection database bucket namespace name names files file query
    match tag keys key host hosts index indices branch group account accounts container instance instances
    pod pods label labels permissions scopes scope actions roles privileges grants principals principal cidr cidrs
    sourceranges sourceip allowedips origins recipients audience channels channel members emails cc bcc contacts customers
    segment list lists"""
)
EVERYTHING = listed(
    "* all everything everyone everybody any .* % ** *.* @all @everyone @channel @here 0.0.0.0/0 ::/0 //* --all -a *:* *@* allusers "
    "all_users all-users allcustomers all_customers allauthenticatedusers _all global *://*/*"
)
WHOLE = re.compile(
    r"^(?:all|every|entire|whole)[ _-](?:[a-z]+[ _-]?){1,3}$|^(?:arn:[\w:-]*|[\w.-]{1,30}):\*$|^\*@\S+$", re.I
)
PLACE = listed(
    "env environment stage namespace cluster target deployment profile context workspace database db "
    "instance region host server"
)
FLAGS = listed(
    """force recursive cascade purge permanent permanently hard harddelete deleteall all skipconfirmation
    noverify skipchecks override overwrite autoapprove yes destroy wipe skipdrain dropexisting truncate
    resetall bypass isadmin superuser siteadmin makeadmin privileged admin ignoreerrors allowdestructive nobackup skipbackup forcedelete deleteeverything"""
)
SECRET_PATH = re.compile(
    r"/etc/(?:shadow|passwd|sudoers|ssl/private)|\.ssh(?:/|\\|$)|\bid_(?:rsa|ed25519|ecdsa|dsa)\b|\.aws/credentials|\.kube/config|"
    r"(?:^|[/\\])\.env(?:\.\w{1,20})?$|\.(?:pem|pfx|p12|keystore|jks)$|\.netrc|\.npmrc|\.pypirc|\.git-credentials|"
    r"/proc/(?:self|\d+)/(?:environ|mem)|\bNTDS\.dit|\\SAM$|wallet\.dat|\.gnupg|\.docker/config",
    re.I,
)
ROOT_PATH = re.compile(
    r"^\s*(?:/|~/?|\.\.?/?|[A-Za-z]:[\\/]?|\$HOME/?|/\*|~/\*|/(?:etc|bin|usr|var|boot|home|lib|sys|dev|root|opt)(?:/\*?)?)\s*$"
)
PATH_NAMES = listed(
    "path paths file files dir directory folder destination source target root filepath filename src dst dest"
)
TRAVERSAL = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|%2e%2e|%252e|\x00|\.\.%2f|\.\.;/", re.I)
DELETE_ALL = re.compile(
    r"\b(?:delete|remove|wipe|erase|destroy|purge|drop|clear|reset|empty|cancel|revoke|terminate|kill)\s+(?:\w+\s+){0,2}?"
    r"(?:all|everything|every|entire|everyone)\b",
    re.I,
)
ASKING = listed("prompt instruction instructions task goal request command query action input objective")
