// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// `lvsdr top` on a terminal: keys and news in, screens out, until somebody ends it.
struct TopSession: ~Copyable {
    /// How long an escape byte waits for the rest of a sequence.
    private static let patience: Int32 = 50

    private let terminal: TopTerminal
    private let interruption: Interruption
    private let wakeDescriptor: Int32
    private let feed: TopFeed
    private var keys = KeyReader()
    private var state: TopState

    /// - Parameters:
    ///   - wakeDescriptor: readable, and never waited for, when the feed has news.
    init(
        _ terminal: consuming TopTerminal, state: TopState, feed: TopFeed, wakeDescriptor: Int32,
        interruption: Interruption
    ) {
        self.terminal = terminal
        self.state = state
        self.feed = feed
        self.wakeDescriptor = wakeDescriptor
        self.interruption = interruption
        resize()
    }

    mutating func run() {
        draw(anew: true)
        while true {
            var events = [STDIN_FILENO, wakeDescriptor, interruption.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let count = unsafe poll(&events, 3, keys.isWaiting ? Self.patience : -1)
            if count < 0 && errno != EINTR { return }
            let isReady = events.map { count > 0 && $0.revents != 0 }
            if isReady[2] { return }
            if isReady[1] { takeNews() }
            if isReady[0] {
                let bytes = Self.read(STDIN_FILENO)
                guard !bytes.isEmpty, press(keys.add(bytes)) else { return }
            } else if count == 0 {
                guard press(keys.flush()) else { return }
            }
            draw(anew: false)
        }
    }

    private func draw(anew: Bool) {
        terminal.draw(TopScreen(state: state).lines, anew: anew)
    }

    private mutating func resize() {
        state.size = Terminal.size ?? state.size
    }

    private mutating func takeNews() {
        _ = Self.read(wakeDescriptor)
        for piece in feed.take() {
            switch piece {
            case .figures(let status, let services): state.take(status, services)
            case .failure(let text): state.fail(text)
            case .made(let text): state.tell(text, isFailure: false)
            case .refused(let text): state.tell(text, isFailure: true)
            case .resized:
                resize()
                draw(anew: true)
            }
        }
    }

    /// Returns false when one of them ends it.
    private mutating func press(_ pressed: [TopKey]) -> Bool {
        for key in pressed {
            switch state.press(key) {
            case .quit: return false
            case .suspend:
                terminal.suspend()
                resize()
                draw(anew: true)
            case .redraw: draw(anew: true)
            case .change(let change, let words): feed.ask(for: change, words: words)
            case nil: break
            }
        }
        return true
    }

    /// What is there, at most 4 KiB; nothing at the end, and where nothing is there.
    private static func read(_ descriptor: Int32) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
            count = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
    }
}
