// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Logging
import Synchronization

/// How urgent something is that the daemon logs, which may change while it runs.
final class LogThreshold: Sendable {
    private let state: Mutex<LogLevel>

    init(_ level: LogLevel) {
        state = Mutex(level)
    }

    var level: LogLevel {
        get { state.withLock(\.self) }
        set { state.withLock { $0 = newValue } }
    }
}

/// Lines to standard error, of what the daemon's threshold lets through and the logger's own level.
struct ThresholdLogHandler: LogHandler {
    private var lines: StreamLogHandler
    private let threshold: LogThreshold
    private var own = Logger.Level.trace

    init(label: String, threshold: LogThreshold) {
        lines = StreamLogHandler.standardError(label: label)
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { max(own, Logger.Level(threshold.level)) }
        set { own = newValue }
    }

    var metadata: Logger.Metadata {
        get { lines.metadata }
        set { lines.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { lines[metadataKey: key] }
        set { lines[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        lines.log(event: event)
    }
}

extension Logger.Level {
    fileprivate init(_ level: LogLevel) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
