// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import Glibc
public import LVSModel

extension LiveDataPlane {
    /// Where the flow's packets would go now; nothing changes by it.
    public func explain(_ flow: FlowAddress) throws(DataPlaneError) -> Explanation {
        guard let worker = workers.first else {
            throw DataPlaneError(operation: "explain a packet's way", code: EAGAIN)
        }
        return try forwarder.explain(flow, now: worker.now, names: names)
    }
}

extension Forwarder {
    /// - Parameter now: the workers' time in milliseconds.
    func explain(
        _ flow: FlowAddress, now: UInt64, names: RealServerNames
    ) throws(DataPlaneError) -> Explanation {
        var question = dp_question()
        question.client = flow.client.cAddress
        question.vip = flow.vip.cAddress
        question.client_port = flow.clientPort
        question.service_port = flow.port
        question.transport = flow.transport.number
        question.now_ms = now
        var answer = unsafe dp_explanation()
        var error = unsafe dp_error.none
        let result = unsafe dp_explain(handle, &question, &answer, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
        let service = unsafe answer.is_served ? names.service(at: answer.service) : nil
        return unsafe Explanation(
            flow: flow, arp: answer.is_vip ? (answer.is_owned ? .director : .host) : nil,
            service: service?.address, scheduler: service?.scheduler,
            known: Explanation.KnownFlow(answer.flow, names),
            template: Explanation.KnownFlow(answer.template, names),
            opening: Explanation.Exit(answer.opening, names),
            segment: flow.transport == .tcp ? Explanation.Exit(answer.segment, names) : nil,
            isFull: answer.full,
            realServers: candidates(service?.realServers ?? []))
    }

    private func candidates(_ reals: [ForwardingTable.Real]) -> [Explanation.Candidate] {
        reals.map { real in
            let flows = unsafe FlowCounts(
                active: dp_forwarder_active_flows(handle, real.index),
                inactive: dp_forwarder_inactive_flows(handle, real.index))
            return Explanation.Candidate(
                address: real.address, weight: real.weight, flows: flows,
                upperThreshold: real.upperThreshold, refusal: refusal(of: real))
        }
    }

    /// Why the real server takes no new flows; nil when it takes them.
    private func refusal(of real: ForwardingTable.Real) -> String? {
        if real.isDown || real.link == nil { return "down" }
        if real.weight == 0 { return "weight 0" }
        let isOverloaded = unsafe dp_forwarder_is_overloaded(handle, real.index)
        return isOverloaded
            ? "it reached its upper threshold of \(real.upperThreshold) flows" : nil
    }
}

extension Explanation.KnownFlow {
    fileprivate init?(_ flow: dp_explained_flow, _ names: RealServerNames) {
        guard let state = unsafe flow.state else { return nil }
        unsafe self.init(
            state: String(cString: state), realServer: names[flow.real]?.address,
            idle: flow.idle_ms, expires: flow.expires_ms)
    }
}

extension Explanation.Exit {
    fileprivate init(_ outcome: dp_outcome, _ names: RealServerNames) {
        self.init(
            verdict: outcome.reason.verdict, reason: outcome.reason.name,
            realServer: names[outcome.real]?.address)
    }
}
