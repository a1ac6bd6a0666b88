# `posdiag wifi capture` against a real access point, in a guest with radios:
#   python -m tests.lab.wifi.vm --script tests/lab/wifi/capture.sh --out DIR
# The terminal is wlan0, the access point wlan1 in a namespace of its own, the technician's
# adapter wlan2. Ends with 0 if all is as it should be; every step is a line on stdout.
set -u
export POSDIAG_LANG=en
OUT=${OUT:-/out}
BAD=0
mkdir -p /run/hostapd /run/wpa_supplicant
unshare -n sleep 100000 &
NS=$!
sleep 1
iw phy phy1 set netns $NS
IN="nsenter -n -t $NS"

is() { # what, expected, actual
    if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "WRONG $1: expected '$2', got '$3'"; BAD=1; fi
}
point() { # further lines of hostapd.conf
    cat >/tmp/ap.conf <<END
interface=wlan1
driver=nl80211
hw_mode=g
channel=6
ssid=SHOP-POS
wpa=2
rsn_pairwise=CCMP
wpa_key_mgmt=WPA-PSK
wpa_passphrase=correct-horse-42
$1
END
    $IN hostapd -B -P /tmp/ap.pid -f "$OUT/hostapd.log" /tmp/ap.conf >/dev/null
    sleep 2
}
join() { # interface, passphrase
    cat >/tmp/$1.conf <<END
network={
    ssid="SHOP-POS"
    scan_ssid=1
    scan_freq=2437
    key_mgmt=WPA-PSK
    psk="$2"
}
END
    wpa_supplicant -B -P /tmp/$1.pid -D nl80211 -i $1 -c /tmp/$1.conf -f "$OUT/$1.log" >/dev/null
}
leave() { kill "$(cat /tmp/$1.pid)"; sleep 2; }
record() { # file, options
    file=$1
    shift
    python3 -m posdiag wifi capture --interface wlan2 --output "$OUT/$file.pcap" "$@" >"$OUT/$file.txt" 2>&1
}
verdict() { # file, passphrase
    python3 - "$OUT/$1.pcap" "$2" <<'END'
import sys
from posdiag.system.handshakes import handshakes
found = handshakes(open(sys.argv[1], "rb").read(), b"SHOP-POS", sys.argv[2])
print(*[f"{one.match} {one.completed}" for one in found.all], sep=", ")
END
}
monitors() { iw dev | grep -c "type monitor"; }
up() { ip -br link show "$1" | grep -c ",UP"; }

point ""
(sleep 9; join wlan0 correct-horse-42) &
record right --ssid SHOP-POS
is "by name, radio off: exit code" 0 $?
is "by name, radio off: passphrase and handshake" "True True" "$(verdict right correct-horse-42)"
is "by name, radio off: another passphrase" "False True" "$(verdict right wrong-horse-99)"
is "nothing is left behind" "0 0" "$(monitors) $(up wlan2)"
leave wlan0

ip link set wlan2 up
(sleep 9; join wlan0 wrong-horse-99) &
record wrong --ssid SHOP-POS --channel 6
is "wrong passphrase, radio idle: exit code" 0 $?
is "wrong passphrase, radio idle: passphrase and handshake" "False False" "$(verdict wrong correct-horse-42)"
is "wrong passphrase, radio idle: it is the other" "True False" "$(verdict wrong wrong-horse-99)"
is "the radio is on again" "0 1" "$(monitors) $(up wlan2)"
leave wlan0

join wlan2 correct-horse-42
sleep 12
(sleep 9; join wlan0 correct-horse-42) &
record joined --ssid SHOP-POS
is "radio joined to the same network: exit code" 0 $?
is "radio joined to the same network" "True True" "$(verdict joined correct-horse-42)"
is "and it stays joined" 1 "$(iw dev wlan2 link | grep -c 'SSID: SHOP-POS')"
leave wlan0
record elsewhere --ssid SHOP-POS --channel 11
is "radio joined on another channel: exit code" 3 $?
is "radio joined on another channel: said" 1 "$(grep -c 'is joined on channel 6' "$OUT/elsewhere.txt")"
leave wlan2

record absent --ssid NOT-THERE
is "absent name: exit code" 3 $?
is "absent name: no file" no "$([ -e "$OUT/absent.pcap" ] && echo yes || echo no)"
python3 -m posdiag wifi capture --ssid SHOP-POS --interface wlan9 --output /tmp/x.pcap 2>/dev/null
is "no such interface: exit code" 2 $?
setpriv --reuid 1000 --clear-groups python3 -m posdiag wifi capture --ssid SHOP-POS --interface wlan2 --output /tmp/x.pcap 2>/tmp/said
is "no rights: exit code" 3 $?
is "no rights: the command is said" 1 "$(grep -c 'sudo .* wifi capture --ssid SHOP-POS' /tmp/said)"

ip link set wlan2 up
for number in INT TERM HUP KILL; do
    python3 -m posdiag wifi capture --interface wlan2 --channel 6 --output /tmp/$number.pcap >/dev/null 2>&1 &
    it=$!
    sleep 8
    is "$number: listening" "1 0" "$(monitors) $(up wlan2)"
    kill -$number $it
    wait $it
    code=$?
    sleep 3
    is "$number: nothing is left behind, the radio is on again" "0 1" "$(monitors) $(up wlan2)"
    [ $number = KILL ] || is "$number: exit code" 130 $code
done
ip link set wlan2 down

kill "$(cat /tmp/ap.pid)"
sleep 1
point "ignore_broadcast_ssid=1"
(sleep 16; join wlan0 correct-horse-42) &
record hidden --ssid SHOP-POS --channel 6
is "hidden name: exit code" 0 $?
is "hidden name" "True True" "$(verdict hidden correct-horse-42)"
leave wlan0

# NetworkManager has the radio, with a Wi-Fi Direct device of its supplicant's on it.
printf '[keyfile]\nunmanaged-devices=interface-name:wlan0,interface-name:wlan3,interface-name:wlan4,interface-name:wlan5,interface-name:wlan6,interface-name:wlan7\n' >/etc/NetworkManager/conf.d/lab.conf
mkdir -p /run/dbus /run/NetworkManager /var/lib/NetworkManager
dbus-daemon --system --fork
/lib/systemd/systemd-udevd --daemon 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do udevadm control --ping 2>/dev/null && break; sleep 1; done
udevadm trigger
udevadm settle
NetworkManager
for _ in 1 2 3 4 5 6 7 8 9 10; do nmcli -t dev | grep -q wlan2:wifi:disconnected && break; sleep 2; done
is "NetworkManager has wlan2" 1 "$(nmcli -t dev | grep -c '^wlan2:wifi:disconnected')"
(sleep 16; join wlan0 correct-horse-42) &
record manager --ssid SHOP-POS --channel 6
is "beside NetworkManager: exit code" 0 $?
is "beside NetworkManager" "True True" "$(verdict manager correct-horse-42)"
sleep 3
is "NetworkManager goes on" 1 "$(nmcli -t dev | grep -c '^wlan2:wifi:disconnected')"
nmcli -t dev wifi list ifname wlan2 --rescan yes >/dev/null
direct=$(iw dev | awk '/^phy#/ { phy = $1 } /wdev/ { number = $2 } /P2P-device/ && phy == "phy#2" { print number }')
iw wdev "$direct" p2p stop # refused where it is not open
is "the Wi-Fi Direct device is open again" 0 $?
kill $NS
exit $BAD
