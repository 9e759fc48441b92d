// SPDX-License-Identifier: Apache-2.0

import Yams

/// A value of the file with its place.
struct Value {
    enum Content {
        case text(String, isQuoted: Bool)
        case list([Value])
        case mapping([(key: Value, value: Value)])
    }

    let position: Position
    let content: Content
}

/// Composes text that the layout scanner let pass; the one place that knows the YAML library.
enum Document {
    static func compose(_ text: String, file: String) throws(ConfigurationError) -> Value {
        let root: Node?
        do {
            // The basic resolver leaves every plain scalar text: what is a number is ours to say.
            root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch {
            throw refusal(error, file: file)
        }
        guard let root, let value = value(root) else {
            throw ConfigurationError(
                file: file, position: nil, found: "the file is empty",
                expected: "a mapping with the keys interface and services")
        }
        return value
    }

    /// nil for an alias, which no text has that came this far.
    private static func value(_ root: Node) -> Value? {
        guard let mark = root.mark else { return nil }
        let content: Value.Content
        switch root {
        case .scalar(let scalar):
            let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
            content = .text(scalar.string, isQuoted: isQuoted)
        case .sequence(let items):
            content = .list(items.compactMap(value))
        case .mapping(let pairs):
            content = .mapping(
                pairs.compactMap { pair in
                    guard let key = value(pair.key), let value = value(pair.value) else {
                        return nil
                    }
                    return (key, value)
                })
        case .alias:
            return nil
        }
        return Value(position: Position(mark), content: content)
    }

    private static func refusal(_ error: any Error, file: String) -> ConfigurationError {
        var place: Position?
        var found = "text that is not YAML"
        var hint: String?
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            place = Position(mark)
            found += ": " + problem
            hint = context.map { "\($0.text) that begins at \($0.mark.line):\($0.mark.column)" }
        case .duplicatedKeysInMapping(let keys, let context):
            place = Position(context.mark)
            found = "duplicate key " + keys.map(Quotation.quote).joined(separator: ", ")
        case let other:
            hint = other.map { "\($0)" }
        }
        return ConfigurationError(
            file: file, position: place, found: found,
            expected: "`key: value` lines and `- ` items, those that belong together in one column",
            hint: hint)
    }
}

extension Position {
    fileprivate init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
