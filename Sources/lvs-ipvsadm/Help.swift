// SPDX-License-Identifier: Apache-2.0

import LVSModel

enum Help {
    static let hint = "Try `ipvsadm -h' or 'ipvsadm --help' for more information."

    static let text = """
        lvs-ipvsadm \(Version.current): ipvsadm's commands for a running lvsdrd
        Usage:
          ipvsadm -A|E -t|u VIP:PORT [-s SCHEDULER] [-p [SECONDS]] [-M NETMASK] [-b FLAGS] [-o]
          ipvsadm -D -t|u VIP:PORT
          ipvsadm -C
          ipvsadm -R < RULES
          ipvsadm -S [-n]
          ipvsadm -a|e -t|u VIP:PORT -r RIP[:PORT] [-g] [-w WEIGHT] [-x UPPER] [-y LOWER]
          ipvsadm -d -t|u VIP:PORT -r RIP[:PORT]
          ipvsadm -L|l [-t|u VIP:PORT] [-n] [-c] [--stats] [--rate] [--thresholds]
                  [--persistent-conn] [--timeout] [--exact] [--sort] [--nosort]
          ipvsadm -Z [-t|u VIP:PORT]
          ipvsadm --set TCP TCPFIN UDP

        Direct routing only: -m, -i, -f and SCTP are refused. The director is asked over the socket in
        the environment variable LVSDR_SOCKET, else /run/lvsdr/control.sock.

        """
}
