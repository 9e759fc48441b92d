// SPDX-License-Identifier: Apache-2.0

/// Values in the order in which they were added, each found by its name at once.
struct Roster<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    /// nil where one was removed.
    private var values: [Value?]
    private var positions: [Name: Int]

    /// Of two with one name the first counts.
    init(_ values: [Value], name: (Value) -> Name) {
        self.values = values
        positions = Dictionary(minimumCapacity: values.count)
        for (position, value) in values.enumerated() where positions[name(value)] == nil {
            positions[name(value)] = position
        }
    }

    var count: Int { positions.count }

    var inOrder: [Value] {
        positions.count == values.count
            ? values.compactMap(\.self)
            : positions.values.sorted().compactMap { values[$0] }
    }

    subscript(name: Name) -> Value? {
        positions[name].flatMap { values[$0] }
    }

    /// Behind all others.
    ///
    /// - Precondition: there is none of this name.
    mutating func append(_ value: Value, named name: Name) {
        let old = positions.updateValue(values.count, forKey: name)
        precondition(old == nil, "\(name) is there already")
        values.append(value)
    }

    /// Returns false when there is none.
    mutating func remove(_ name: Name) -> Bool {
        guard let position = positions.removeValue(forKey: name) else { return false }
        values[position] = nil
        return true
    }

    mutating func removeAll() {
        values = []
        positions = [:]
    }

    /// Changes the one of this name where it stands; nil when there is none.
    mutating func update<Result, Failure>(
        _ name: Name, _ change: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let position = positions[name], var value = values[position] else { return nil }
        // Nobody else has it meanwhile, so that what is in it is not copied.
        values[position] = nil
        defer { values[position] = value }
        return try change(&value)
    }
}
