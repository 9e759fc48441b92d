// SPDX-License-Identifier: Apache-2.0

extension Topology {
    /// For the lab's folder: who meets the lab later knows it by this.
    var text: String {
        """
        web-servers \(webServers)
        arms \(arms.rawValue)
        second-director \(secondDirector)
        vip-on-director \(vipOnDirector)
        outside \(outside)
        nfs \(nfs)
        bare \(bare)
        xdp \(xdp)

        """
    }

    /// nil for what was not written to its end.
    init?(_ text: String) {
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard pairs.allSatisfy({ $0.count == 2 }) else { return nil }
        let words = Dictionary(pairs.map { ($0[0], $0[1]) }) { first, _ in first }
        guard let webServers = words["web-servers"].flatMap({ Int($0) }),
            Self.webServerRange.contains(webServers),
            let arms = words["arms"].flatMap({ Arms(rawValue: $0) }),
            let secondDirector = words["second-director"].flatMap({ Bool($0) }),
            let vipOnDirector = words["vip-on-director"].flatMap({ Bool($0) }),
            let outside = words["outside"].flatMap({ Bool($0) }),
            let nfs = words["nfs"].flatMap({ Bool($0) }),
            !nfs || webServers <= Self.webServersBesideNFS,
            let bare = words["bare"].flatMap({ Bool($0) }),
            let xdp = words["xdp"].flatMap({ Bool($0) })
        else { return nil }
        self.init(
            webServers: webServers, arms: arms, secondDirector: secondDirector,
            vipOnDirector: vipOnDirector, outside: outside, nfs: nfs, bare: bare,
            xdp: xdp)
    }
}
