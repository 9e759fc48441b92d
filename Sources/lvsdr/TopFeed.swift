// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import Dispatch
import Glibc
import LVSConfiguration
import LVSModel
import Synchronization

/// Asks the director each second, and for changes, on a thread of its own, so that a key never waits
/// for an answer.
final class TopFeed {
    enum News: Sendable {
        case figures(StatusMessage, ServicesMessage)
        case failure(String)
        case made(String)
        case refused(String)
        /// The terminal has another size.
        case resized
    }

    /// Shorter than a person's patience; a full director answers within it.
    static let patience: UInt32 = 5_000

    private let mailbox: Mailbox
    private let queue = DispatchQueue(label: "director")
    private let timer: any DispatchSourceTimer
    private let resizes: any DispatchSourceSignal
    private let client: ControlClient
    private let service: ServiceAddress?

    /// - Parameters:
    ///   - service: the only one that is asked for; nil: all.
    ///   - wakeEnd: the writing end of a pipe; a byte comes with each piece of news.
    init(client: ControlClient, service: ServiceAddress?, wakeEnd: Int32) {
        let mailbox = Mailbox(wakeEnd: wakeEnd)
        (self.client, self.service, self.mailbox) = (client, service, mailbox)
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler { mailbox.post(Self.figures(client, service)) }
        timer.resume()
        resizes = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .global())
        resizes.setEventHandler { mailbox.post(.resized) }
        resizes.resume()
    }

    /// What came since the last time.
    func take() -> [News] { mailbox.take() }

    /// Asks for a change, and then for figures at once.
    func ask(for change: Change, words: String) {
        queue.async { [client, service, mailbox] in
            do throws(ControlClientError) {
                _ = try client.change(ChangesText.write([change]))
                mailbox.post(.made("\(words): in force"))
            } catch {
                mailbox.post(.refused("\(words): \(error.summary)"))
            }
            mailbox.post(Self.figures(client, service))
        }
    }

    private static func figures(_ client: ControlClient, _ service: ServiceAddress?) -> News {
        do throws(ControlClientError) {
            return .figures(try client.status(), try client.services(service))
        } catch {
            return .failure(error.summary)
        }
    }
}

extension ControlClientError {
    /// What fits a line: the director's own words where there are some.
    fileprivate var summary: String {
        if case .problem(let problem) = reason { return problem.detail }
        return "\(self)"
    }
}

/// News on their way to another thread.
private final class Mailbox: Sendable {
    private let news = Mutex<[TopFeed.News]>([])
    private let wakeEnd: Int32

    init(wakeEnd: Int32) {
        self.wakeEnd = wakeEnd
    }

    /// Newer figures take the place of older ones, so that a reader that is stopped costs nothing.
    func post(_ piece: TopFeed.News) {
        news.withLock { news in
            if case .figures = piece { news.removeAll { $0.isFigures } }
            if case .failure = piece { news.removeAll { $0.isFailure } }
            news.append(piece)
        }
        Terminal.write("!", to: wakeEnd)
    }

    func take() -> [TopFeed.News] {
        news.withLock { news in
            defer { news = [] }
            return news
        }
    }
}

extension TopFeed.News {
    fileprivate var isFigures: Bool {
        if case .figures = self { true } else { false }
    }

    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
