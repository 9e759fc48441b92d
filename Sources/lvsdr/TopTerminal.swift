// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The terminal while `lvsdr top` has it: keys come at once and are not shown, and what is drawn stands
/// on the alternate screen. When this value goes, all is as it was.
struct TopTerminal: ~Copyable {
    private let before: termios

    /// nil when standard input and output are no terminal that can be drawn on.
    init?() {
        var settings = termios()
        guard isatty(STDOUT_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &settings) == 0,
            let kind = Terminal.environment("TERM"), kind != "dumb"
        else { return nil }
        before = settings
        enter()
    }

    deinit { leave() }

    func enter() {
        var settings = before
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        settings.c_iflag &= ~tcflag_t(IXON | ICRNL)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        // The alternate screen; no cursor.
        Terminal.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    func leave() {
        var settings = before
        Terminal.write("\u{1B}[?25h\u{1B}[?1049l")
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }

    /// Stops this program as Ctrl-Z does, with the terminal as it was before; returns when it goes on.
    func suspend() {
        leave()
        raise(SIGTSTP)
        enter()
    }

    /// A line is erased before it is written: behind its last column an erasure would take that too.
    func draw(_ lines: [Line], anew: Bool) {
        let withStyles = Terminal.showsStyles
        let rows = lines.map { "\u{1B}[2K" + $0.rendered(withStyles: withStyles) }
        Terminal.write((anew ? "\u{1B}[2J" : "") + "\u{1B}[H" + rows.joined(separator: "\r\n"))
    }
}
