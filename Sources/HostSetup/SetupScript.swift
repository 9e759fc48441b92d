// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Requirements as a plain shell script, for a host where nothing of ours is installed.
public enum SetupScript {
    /// A POSIX script that takes `apply` (the default), `status` or `remove`, needs ip(8), and keeps
    /// what it changed in `record`, a file of its own.
    ///
    /// - Parameter title: a comment for its head.
    public static func text(
        _ requirements: [Requirement], title: String, record: String
    ) -> String {
        let lines = requirements.map { requirement in
            switch requirement {
            case .setting(let setting, let accepted):
                "    setting '\(setting.path)' \(accepted.joined(separator: " "))"
            case .address(let address, let interface):
                "    address \(address)/\(address.family.bitCount) \(interface) "
                    + options(of: address, on: interface)
            }
        }
        return head(title: title, record: record) + functions + lines.joined(separator: "\n") + tail
    }

    /// Of `ip address add`: as `InterfaceAddresses.add(_:to:)` gives it.
    private static func options(of address: IPAddress, on interface: String) -> String {
        switch address.family {
        case .ipv4: interface == "lo" ? "scope host" : "scope global"
        case .ipv6: "nodad preferred_lft 0"
        }
    }

    private static func head(title: String, record: String) -> String {
        """
        #!/bin/sh
        # \(title)
        #
        #   sh SCRIPT apply     makes it so (the default); twice changes nothing
        #   sh SCRIPT status    shows how it should be and how it is; fails where they differ
        #   sh SCRIPT remove    undoes exactly what apply did
        set -eu
        record='\(record)'
        verb=${1:-apply}
        differs=0

        """
    }

    private static let functions = """

        # setting FILE ACCEPTED...: the first is set unless it is one of them.
        setting() {
            file=$1
            shift
            before=$(cat "$file")
            case " $* " in
            *" $before "*) mark=ok ;;
            *) mark='not so' ;;
            esac
            if [ "$verb" = status ]; then
                echo "$file: should be $*, is $before: $mark"
                [ "$mark" = ok ] || differs=1
            elif [ "$mark" != ok ]; then
                echo "setting $file $before $1" >>"$record"
                echo "$1" >"$file"
            fi
        }

        # address ADDRESS INTERFACE OPTION...: of `ip address add`.
        address() {
            if ip -o address show dev "$2" | grep -qF " ${1%/*}/"; then is=present; else is=missing; fi
            if [ "$verb" = status ]; then
                echo "$1 on $2: should be present, is $is"
                [ $is = present ] || differs=1
            elif [ $is = missing ]; then
                echo "address $1 $2" >>"$record"
                address=$1
                interface=$2
                shift 2
                ip address add "$address" dev "$interface" "$@"
            fi
        }

        requirements() {

        """

    private static let tail = """

        }

        # undo COUNT: all that stands in the record but the first COUNT lines, the last first; a setting
        # that somebody else changed stays.
        undo() {
            [ -e "$record" ] || return 0
            tail -n +$(($1 + 1)) "$record" | sed '1!G;h;$!d' |
                while read -r kind name before after; do
                    case $kind in
                    setting) if [ "$(cat "$name")" = "$after" ]; then echo "$before" >"$name"; fi ;;
                    address) ip address del "$name" dev "$before" 2>/dev/null || true ;;
                    esac
                done
            if [ "$1" -eq 0 ]; then
                rm -f "$record"
            else
                head -n "$1" "$record" >"$record.new"
                mv "$record.new" "$record"
            fi
        }

        case $verb in
        apply)
            # Half of it is worse than nothing: a host with the VIP answers ARP for it. What an earlier
            # run made stays.
            earlier=0
            [ ! -e "$record" ] || earlier=$(wc -l <"$record")
            trap '[ $? -eq 0 ] || undo "$earlier"' EXIT
            trap 'exit 1' HUP INT TERM
            requirements
            ;;
        status)
            requirements
            exit "$differs"
            ;;
        remove) undo 0 ;;
        *)
            echo "apply, status or remove?" >&2
            exit 64
            ;;
        esac

        """
}
