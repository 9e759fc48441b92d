// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The rules that `ipvsadm-save -n` and `ipvsadm -S -n` print, and `ipvsadm -R` reads.
///
/// A rule a line: `-A` adds a virtual service, `-a` a real server to one. A `#` begins a comment.
/// Unless given, a service's scheduler is `wlc`, its persistence (`-p`) 300 s and for each client
/// by itself, and a real server's weight 1. Port 0, or none, is all ports that no other service of
/// the VIP has; it needs `-p`, as in ipvsadm.
///
/// What a director can not do as IPVS would do it is refused in words, and never left out.
public enum IPVSRules {
    /// Longest text that makes sense, in bytes: it holds 16,384 services with 131,072 real servers.
    public static let maximumSize = 32 << 20

    /// Parses rules; `file` is the text's name in messages. The services come in the rules' order.
    ///
    /// Valid: `-A -t 192.168.142.100:80 -s rr` and after it
    /// `-a -t 192.168.142.100:80 -r 192.168.142.5:80 -g -w 1`; `-A -u [fd00::1]:53 -o`. Invalid: a
    /// real server before its service, `-m` (masquerading), `-r 192.168.142.5:8080` with the service
    /// above (direct routing does not translate ports), `-t www:http` (a name).
    public static func parse(
        _ text: String, file: String
    ) throws(IPVSRulesFailure) -> [VirtualService] {
        var reader = RuleReader(findings: RuleFindings(file: file))
        var lines = RuleLines(text)
        while !reader.isFull, let line = lines.next() {
            switch line {
            case .words(let words): reader.read(words)
            case .tooLong(let place):
                reader.findings.add(
                    "a line of more than \(RuleLines.longest) bytes; expected a rule", at: place)
            }
        }
        reader.checkRealServers()
        if let failure = reader.findings.failure { throw failure }
        return reader.services
    }
}
