"""Programs of a command line, by what they do where no switch of theirs says otherwise."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

from groundstop.risk.nouns import listed

# Programs that only look. The arguments under SWITCHES still change some of them.
LOOKING = listed(
    """ls ll dir vdir cat bat tac nl head tail less more grep egrep fgrep rg ag ack zgrep zcat bzcat xzcat zless wc sort
    uniq cut tr fold column paste join comm diff colordiff cmp sdiff stat file du df free uptime uname arch id whoami
    groups who w last lastlog finger users date cal hostname hostnamectl timedatectl localectl pwd cd pushd popd echo
    printf true false test [ [[ sleep seq yes basename dirname realpath readlink which whereis whence type man info apropos
    whatis help tldr history env printenv locale tty nproc lscpu lsblk lsof lspci lsusb lsmod lsns lshw lsattr dmidecode
    getent getconf getfacl ps pstree top htop atop pgrep pidof vmstat iostat mpstat sar dstat ss netstat ping ping6
    traceroute tracepath mtr dig nslookup host whois arp ip ifconfig iwconfig route ethtool jq yq xq gron xmllint xxd od hexdump
    strings base64 base32 md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum md5 shasum tree find fd
    locate expr bc dc factor numfmt rev shuf tsort journalctl dmesg blkid findmnt lslocks loginctl busctl sysctl
    mount awk gawk mawk nawk sed tput clear reset wait jobs ulimit umask getopts let declare local typeset readonly export
    set shift return exit break continue alias unalias read mapfile trap test printenv nmap ncal units look iconv
    tasklist systeminfo ipconfig where findstr ver vol tracert pathping getmac driverquery whoami fc comp sc query wevtutil
    lastb acpi sensors upower xdpyinfo xrandr otool nm objdump readelf ldd size ldconfig strace cloc tokei scc cargo-tree
    csvcut csvlook csvstat csvgrep csvsql mlr exa eza lsd glow pandoc identify exiftool ffprobe mediainfo pdfinfo pdftotext
    gzcat logger-tail zipinfo lessc vault-read sqlformat crm_mon ausearch aureport getsebool sestatus getenforce
    lvs vgs pvs pg_isready pg_controldata pg_config nvidia-smi rocm-smi ibstat numactl lstopo openssl ssh-keyscan speedtest"""
)
# Programs that change something, but nothing that is hard to get back.
CHANGING = listed(
    """touch mkdir cp mv ln tee install patch rsync scp sftp ftp lftp wget aria2c tar zip unzip gzip gunzip bzip2 xz zstd 7z
    ar cpio make cmake ninja meson bazel buck gradle gradlew mvn ant sbt lein tox nox pytest unittest jest vitest mocha
    ruff black isort prettier eslint mypy tsc webpack vite rollup esbuild gcc g++ clang cc ld as rustc javac protoc
    go cargo npm pnpm yarn bun deno pip pip3 pipx poetry uv conda mamba gem bundle composer nuget dotnet mix rebar3 stack
    cabal opam swift xcodebuild pod flutter dart brew port apt apt-get aptitude yum dnf zypper pacman apk snap flatpak
    useradd adduser usermod groupadd groupmod passwd chage chfn chsh service start stop restart reload systemd-run
    update-alternatives update-ca-certificates chgrp setfacl mkfifo mknod mktemp split csplit convert mogrify ffmpeg
    ssh-keygen ssh-add ssh-copy-id gpg certbot logger wall write mail mailx sendmail mutt xdg-open open notify-send say
    screen tmux nohup bg fg disown renice ionice taskset swapon modprobe insmod depmod sync fsync udevadm loadkeys
    wg-quick openvpn nmcli iw rfkill hostname-set timedatectl-set copy move ren rename md xcopy robocopy attrib icacls
    takeown mklink setx pnputil msiexec winget choco scoop git-lfs svn hg bzr fossil jj pre-commit dvc mlflow airflow
    dbt sqlfluff alembic flyway liquibase rails rake django-admin artisan wp drush nginx apachectl httpd caddy php-fpm
    pg_ctl pg_ctlcluster createdb createuser pg_restore initdb mysqladmin mysqlimport mongoimport mongorestore iptables-save
    ansible ansible-playbook salt puppet chef-client knife packer vagrant serverless sls sam cdk amplify sops age"""
)
# Programs whose purpose is to remove, overwrite, stop, or to change who may do what.
DESTROYING = listed(
    """rm rmdir unlink shred srm wipe dd mkfs mke2fs mkswap fdisk sfdisk gdisk sgdisk cfdisk parted wipefs blkdiscard
    hdparm sdparm nvme badblocks debugfs tune2fs resize2fs xfs_admin e2fsck fsck lvremove vgremove pvremove lvreduce
    mdadm cryptsetup losetup dmsetup zpool zfs btrfs truncate kill pkill killall killall5 xkill skill shutdown reboot
    halt poweroff init telinit userdel deluser groupdel delgroup chmod chown chattr setcap visudo vipw vigr passwd-unlock
    iptables ip6tables nft ufw firewall-cmd ebtables swapoff umount rmmod kexec crontab at batch atrm anacron
    dropdb dropuser pg_resetwal pg_archivecleanup del erase rd deltree format diskpart cipher taskkill
    bcdedit vssadmin wbadmin reg regedit schtasks net netsh sc-delete wmic rundll32 cscript wscript mshta certutil bitsadmin
    history-clear fuser logrotate setenforce semanage setsebool apparmor_parser auditctl sysrq ipmitool efibootmgr
    grub-install update-grub dracut chpasswd newusers su nsenter unshare pivot_root socat nc ncat netcat telnet tcpkill
    hping3 masscan hydra sqlmap msfconsole john hashcat aircrack-ng tcpdump tshark ettercap stress stress-ng fallocate"""
)
# Interpreters and builders of commands: what they run is not to be seen from outside, unless it is given inline.
RUNNING = listed(
    """eval source . python python2 python3 pypy ipython node nodejs deno-run ruby irb perl php lua luajit Rscript R julia
    java scala groovy kotlin jshell osascript tclsh expect emacs vi vim nvim ex ed nano gdb lldb crash bpftrace
    powershell pwsh cmd command.com start call"""
)
