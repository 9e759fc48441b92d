// SPDX-License-Identifier: Apache-2.0

/// The part of JSON Schema that the API's description uses, strictly: an object has no keys but those
/// that are described.
struct Schema {
    /// The document that references are into.
    let document: JSONValue

    private static let keywords: Set = [
        "$ref", "type", "description", "enum", "anyOf", "items", "properties", "required",
        "minimum", "maximum", "minProperties", "maxProperties", "maxItems",
    ]

    /// What is wrong with a value, a line each.
    func faults(of value: JSONValue, against schema: JSONValue, at place: String) -> [String] {
        if let unknown = schema.members.keys.first(where: { !Self.keywords.contains($0) }) {
            return ["\(place): this checker does not know \(unknown)"]
        }
        if let reference = schema["$ref"]?.text {
            guard let found = resolve(reference) else { return ["\(place): no \(reference)"] }
            return faults(of: value, against: found, at: place)
        }
        if let choices = schema["anyOf"]?.items {
            let all = choices.map { self.faults(of: value, against: $0, at: place) }
            return all.contains([]) ? [] : all.first ?? []
        }
        var faults: [String] = []
        if let types = schema["type"].map({ $0.items.isEmpty ? [$0] : $0.items }),
            !types.contains(where: { $0.text.map(value.isOf) ?? false })
        {
            faults.append("\(place): \(value) is not of \(types)")
        }
        if let words = schema["enum"]?.items, value != .null, !words.contains(value) {
            faults.append("\(place): \(value) is none of \(words)")
        }
        if let number = value.number {
            let (least, most) = (schema["minimum"]?.number, schema["maximum"]?.number)
            if number < least ?? number || number > most ?? number {
                faults.append("\(place): \(number) is out of range")
            }
        }
        return faults + insideFaults(of: value, against: schema, at: place)
    }

    private func insideFaults(
        of value: JSONValue, against schema: JSONValue, at place: String
    ) -> [String] {
        let items = value.items.enumerated().flatMap { index, item in
            schema["items"].map { faults(of: item, against: $0, at: "\(place)[\(index)]") } ?? []
        }
        guard let properties = schema["properties"]?.members else { return items }
        let missing = (schema["required"]?.items ?? []).compactMap(\.text).filter {
            value[$0] == nil
        }
        let members = value.members.flatMap { key, member in
            properties[key].map { faults(of: member, against: $0, at: "\(place).\(key)") }
                ?? ["\(place): \(key) is not described"]
        }
        return items + missing.map { "\(place): no \($0)" } + members
    }

    /// Follows `#/components/...`.
    func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(document as JSONValue?) {
            $0?[String($1)]
        }
    }
}

extension JSONValue {
    fileprivate func isOf(_ type: String) -> Bool {
        switch (self, type) {
        case (.null, "null"), (.flag, "boolean"), (.number, "number"), (.text, "string"),
            (.list, "array"), (.object, "object"):
            true
        case (.number(let number), "integer"): number == number.rounded()
        default: false
        }
    }
}
