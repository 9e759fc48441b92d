// SPDX-License-Identifier: Apache-2.0

public import LVSModel
internal import Synchronization

/// Checks that ask a real server for the VIP: which mark on a socket stands for which VIP.
///
/// A socket that bears the mark of a VIP (SO_MARK, before it connects) and connects to a RIP speaks
/// with the VIP of that real server: its packets leave for the VIP by the MAC address of the RIP, and
/// the replies come back as the RIP's. Routes, rules and neighbours stay as they are; whether the
/// host holds the VIP does not matter. TCP, UDP and ICMP echo, and the ICMP errors for them.
///
/// Marks are 0x4C56_0001...0x4C56_FFFF. The programs' filters are on tc egress and ingress of each
/// interface, with the priority 0x4C57. They go with `stop()`; what a crash leaves does nothing, as
/// nobody sends packets with such marks, and is replaced by the next process that serves the interface.
///
/// Any thread; interfaces are those of the calling thread's network namespace. Needs CAP_BPF and
/// CAP_NET_ADMIN, and so does SO_MARK: CAP_NET_ADMIN.
public final class CheckAddresses: Sendable {
    fileprivate struct State: ~Copyable {
        let program: CheckProgram
        var marks = MarkTable()
        var interfaces: Set<Int32> = []
    }

    private let state: Mutex<State>

    /// Loads the programs into the kernel; they see no packet yet.
    public init() throws(DataPlaneError) {
        state = Mutex(State(program: try CheckProgram()))
    }

    /// The mark that stands for a VIP; nil while the VIP is not served.
    public func mark(of vip: IPAddress) -> UInt32? {
        state.withLock { $0.marks.byVIP[vip] }
    }

    /// Makes the kernel's state this, whatever it was: marks for these VIPs, programs on these
    /// interfaces. The marks of VIPs that stay do not change; what the kernel knows of them already
    /// costs no system call. Of the interfaces it is asked what is there.
    ///
    /// - Parameters:
    ///   - vips: at most 65,535.
    ///   - interfaces: the indexes of the Ethernet interfaces by which real servers are reached.
    /// - Throws: the first refusal, after all else was done; the same call again goes on with the rest.
    public func serve(vips: Set<IPAddress>, interfaces: Set<Int32>) throws(DataPlaneError) {
        let refusal = state.withLock { state in
            let marks = state.serve(vips)
            let places = state.serve(interfaces)
            return marks ?? places
        }
        if let refusal { throw refusal }
    }

    /// Takes the programs off all interfaces; no VIP has a mark any more.
    public func stop() throws(DataPlaneError) {
        try serve(vips: [], interfaces: [])
    }
}

extension CheckAddresses.State {
    /// The first refusal.
    fileprivate mutating func serve(_ vips: Set<IPAddress>) -> DataPlaneError? {
        var refusal: DataPlaneError?
        for (vip, mark) in marks.byVIP where !vips.contains(vip) {
            do throws(DataPlaneError) {
                try program.untell(mark: mark)
                marks.remove(vip)
            } catch {
                refusal = refusal ?? error
            }
        }
        for vip in vips where marks.byVIP[vip] == nil {
            do throws(DataPlaneError) {
                try program.tell(vip, mark: try marks.add(vip))
            } catch {
                marks.remove(vip)
                refusal = refusal ?? error
            }
        }
        return refusal
    }

    /// The first refusal.
    fileprivate mutating func serve(_ wanted: Set<Int32>) -> DataPlaneError? {
        var refusal: DataPlaneError?
        for interface in interfaces.subtracting(wanted) {
            do throws(DataPlaneError) {
                try program.detach(from: interface)
                interfaces.remove(interface)
            } catch {
                refusal = refusal ?? error
            }
        }
        for interface in wanted {
            // Also when it fails: one of the two programs may be there.
            interfaces.insert(interface)
            do throws(DataPlaneError) {
                try program.attach(to: interface)
            } catch {
                refusal = refusal ?? error
            }
        }
        return refusal
    }
}
