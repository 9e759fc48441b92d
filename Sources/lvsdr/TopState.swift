// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import LVSModel

/// What `lvsdr top` knows and shows: keys and figures come in, lines (`TopScreen`) go out.
struct TopState {
    enum Mode: Hashable {
        case table
        case help
        /// Asks whether it is meant.
        case drain(TopRow.Name)
        /// Takes the digits of a weight.
        case weight(TopRow.Name, digits: String)
    }

    /// What a key asks for beyond this state.
    enum Action: Hashable {
        case quit
        case suspend
        case redraw
        case change(Change, words: String)
    }

    private(set) var status: StatusMessage
    private(set) var services: [ServiceMessage]
    private(set) var rows: [TopRow] = []
    /// The place among the rows; 0 where there is none.
    private(set) var selected = 0
    private(set) var order: TopOrder
    private(set) var isReversed: Bool
    private(set) var period: Period
    private(set) var mode = Mode.table
    /// What became of the last change, until the next key.
    private(set) var notice: Line?
    /// Why there are no new figures.
    private(set) var failure: String?
    var size = Terminal.Size(columns: 80, rows: 24)

    init(
        status: StatusMessage, services: ServicesMessage, order: TopOrder = .connections,
        isReversed: Bool = false, period: Period = .second
    ) {
        self.status = status
        self.services = services.services
        (self.order, self.isReversed, self.period) = (order, isReversed, period)
        sort()
    }

    /// New figures; the selection stays with its real server, or, where that is gone, in its place.
    mutating func take(_ status: StatusMessage, _ services: ServicesMessage) {
        self.status = status
        self.services = services.services
        failure = nil
        sort()
    }

    mutating func fail(_ reason: String) {
        failure = reason
    }

    mutating func tell(_ text: String, isFailure: Bool) {
        notice = Line(text, isFailure ? .bad : .good)
    }

    /// How many real servers a screen shows at once.
    var pageLength: Int { max(size.rows - TopScreen.linesAround, 1) }

    mutating func press(_ key: TopKey) -> Action? {
        if key == .interrupt { return .quit }
        if key == .suspend { return .suspend }
        if key == .redraw { return .redraw }
        notice = nil
        switch mode {
        case .table: return pressInTable(key)
        case .help:
            mode = .table
            return key == .letter("q") ? .quit : nil
        case .drain(let name): return pressInDrain(key, name)
        case .weight(let name, let digits): return pressInWeight(key, name, digits)
        }
    }

    private mutating func pressInTable(_ key: TopKey) -> Action? {
        switch key {
        case .letter("q"): return .quit
        case .letter("?"), .letter("h"): mode = .help
        case .letter("r"): rearrange { $0.isReversed.toggle() }
        case .letter("o"): rearrange { $0.period = $0.period.next }
        case .up, .letter("k"): select(selected - 1)
        case .down, .letter("j"): select(selected + 1)
        case .pageUp: select(selected - pageLength)
        case .pageDown, .letter(" "): select(selected + pageLength)
        case .first, .letter("g"): select(0)
        case .last, .letter("G"): select(rows.count - 1)
        case .letter("d"): return ask { .drain($0) }
        case .letter("w"): return ask { .weight($0, digits: "") }
        case .letter("u"): return undrain()
        case .letter(let letter):
            guard let order = TopOrder.allCases.first(where: { $0.key == letter }) else { break }
            rearrange { $0.order = order }
        default: break
        }
        return nil
    }

    private mutating func pressInDrain(_ key: TopKey, _ name: TopRow.Name) -> Action? {
        switch key {
        case .letter("y"), .letter("Y"):
            mode = .table
            return .change(
                .drain(name.realServer, of: name.service, until: nil), words: "drain of \(name)")
        case .letter("n"), .letter("N"), .letter("q"), .escape:
            mode = .table
            return nil
        default: return nil
        }
    }

    private mutating func pressInWeight(
        _ key: TopKey, _ name: TopRow.Name, _ digits: String
    ) -> Action? {
        switch key {
        case .letter(let digit) where digit.isNumber && UInt16(digits + "\(digit)") != nil:
            mode = .weight(name, digits: digits + "\(digit)")
        case .erase: mode = .weight(name, digits: String(digits.dropLast()))
        case .enter:
            mode = .table
            guard let weight = UInt16(digits) else { return nil }
            return .change(
                .editRealServer(name.realServer, of: name.service, RealServerEdit(weight: weight)),
                words: "weight \(weight) of \(name)")
        case .escape: mode = .table
        default: break
        }
        return nil
    }

    private mutating func ask(_ question: (TopRow.Name) -> Mode) -> Action? {
        guard rows.indices.contains(selected), let name = rows[selected].name else { return nil }
        mode = question(name)
        return nil
    }

    private func undrain() -> Action? {
        guard rows.indices.contains(selected), let name = rows[selected].name else { return nil }
        return .change(.undrain(name.realServer, of: name.service), words: "undrain of \(name)")
    }

    private mutating func select(_ index: Int) {
        selected = max(0, min(index, rows.count - 1))
    }

    /// Sorts in another way; the selection stays where it is on the screen.
    private mutating func rearrange(_ change: (inout TopState) -> Void) {
        change(&self)
        rows = sortedRows
    }

    private mutating func sort() {
        let name = rows.indices.contains(selected) ? rows[selected].name : nil
        rows = sortedRows
        let index = name.flatMap { name in rows.firstIndex { $0.name == name } }
        select(index ?? selected)
    }

    private var sortedRows: [TopRow] {
        TopRow.sorted(services, by: order, isReversed: isReversed, over: period)
    }
}

extension TopRow.Name: CustomStringConvertible {
    var description: String { "\(realServer) of \(service)" }
}
