// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import Testing

@Suite("Changes that can not be are refused with their places")
struct ChangesRefusalTests {
    private func check(_ text: [UInt8], _ line: Int, _ column: Int, _ part: String) {
        let failure = #expect(throws: ConfigurationFailure.self) {
            _ = try ChangesText.read(text, name: "request", now: 0)
        }
        guard let failure else { return }
        #expect(failure.errors.count == 1 && failure.omitted == 0, "\(failure)")
        #expect(
            failure.errors.first?.position == Position(line: line, column: column), "\(failure)")
        #expect(failure.description.contains(part), "\(failure)")
        #expect(failure.description.hasPrefix("request:"))
    }

    @Test(
        "what is no JSON",
        arguments: [
            ("", 1, 1, "the end of the text in JSON; expected a value: text in double quotes, a n"),
            ("[", 1, 2, "the end of the text in JSON; expected a value"),
            ("{", 1, 2, "the end of the text in JSON; expected a key in double quotes"),
            ("{changes:[]}", 1, 2, "\"c\" in JSON; expected a key in double quotes"),
            ("{\"changes\" []}", 1, 12, "\"[\" in JSON; expected a colon behind the key"),
            ("{\"changes\":[1 2]}", 1, 15, "\"2\" in JSON; expected a comma or ]"),
            ("{\"changes\":[],}", 1, 15, "\"}\" in JSON; expected a key in double quotes"),
            ("{\"changes\":[1,]}", 1, 15, "\"]\" in JSON; expected a value"),
            ("{\"changes\":[]}\n x", 2, 2, "text behind the end; expected nothing"),
            ("{\"changes\":[],\"changes\":[]}", 1, 15, "duplicate key \"changes\""),
            ("{\"a\":\"b", 1, 6, "a string that is not closed; expected the closing quote"),
            ("{\"a\":\"\nb\"}", 1, 7, "a control character in a JSON string"),
            ("{\"a\":\"\\q\"}", 1, 7, "an escape that JSON does not have"),
            ("{\"a\":\"\\u12g4\"}", 1, 7, "an escape that is no character"),
            ("{\"a\":\"\\ud83d\"}", 1, 7, "an escape that is no character"),
            ("{\"a\":\"\\udc00\"}", 1, 7, "an escape that is no character"),
            ("{\"a\":010}", 1, 6, "\"010\" in JSON; expected a value"),
            ("{\"a\":1.}", 1, 6, "\"1.\" in JSON"), ("{\"a\":+1}", 1, 6, "\"+1\" in JSON"),
            ("{\"a\":1e}", 1, 6, "\"1e\" in JSON"), ("{\"a\":True}", 1, 6, "\"True\" in JSON"),
            ("{\"a\":'b'}", 1, 6, "\"'\" in JSON"), ("// a", 1, 1, "\"/\" in JSON"),
            (String(repeating: "[", count: 99_999), 1, 17, "nesting deeper than 16 levels"),
            (
                "[" + String(repeating: "1,", count: 600_000), 1, 1_200_000,
                "more than 600000 values"
            ),
        ])
    func json(_ text: String, _ line: Int, _ column: Int, _ part: String) {
        check(Array(text.utf8), line, column, part)
    }

    @Test("bytes that are not UTF-8, too many, and too many changes")
    func sizes() {
        check([0x7B, 0x0A, 0x22, 0xFF], 2, 2, "a byte that is not UTF-8; expected text in UTF-8")
        let failure = #expect(throws: ConfigurationFailure.self) {
            _ = try ChangesText.read(
                [UInt8](repeating: 0x20, count: 8 << 20 + 1), name: "request", now: 0)
        }
        #expect(
            failure?.description == "request: 8388609 bytes of changes; expected at most 8 MiB")
        let many = String(repeating: "{},", count: 10_000) + "{}"
        check(
            Array("{\"changes\":[\(many)]}".utf8), 1, 12, "10001 changes; expected at most 10000")
    }

    @Test(
        "what is no change",
        arguments: [
            ("{}", 13, "a change with 0 keys; expected one of add-service, edit-service, remove-"),
            (
                #"{"enable":{},"disable":{}}"#, 13,
                "a change with 2 keys; expected one of add-service"
            ),
            (#"{"drian":{}}"#, 14, "unknown key \"drian\""),
            ("7", 13, "a change is \"7\"; expected a mapping with the keys add-service"),
            (#"{"remove-all-services":false}"#, 36, "remove-all-services false; expected true"),
            (
                #"{"remove-service":"192.168.142.100"}"#, 31,
                "service \"192.168.142.100\" is no name of a service; expected VIP:PORTS/PROTOCOL"
            ),
            (#"{"enable":{"address":"10.0.0.1"}}"#, 23, "missing key \"service\" in the change"),
            (#"{"enable":{"service":"10.0.0.1:80"}}"#, 23, "missing key \"address\""),
            (#"{"enable":"10.0.0.1:80"}"#, 23, "the change is \"10.0.0.1:80\"; expected an object"),
            (
                #"{"enable":{"service":"10.0.0.1:80","address":"10.0.1.1","within":5}}"#, 69,
                "key \"within\" in a change that has no time; expected service and address only"
            ),
            (
                #"{"drain":{"service":"10.0.0.1:80","address":"10.0.1.1","within":5,"until":6}}"#,
                87, "both within and until in drain; expected one of the two, or neither"
            ),
            (
                #"{"drain":{"service":"10.0.0.1:80","address":"10.0.1.1","within":"-5s"}}"#, 77,
                "within -5s is out of range"
            ),
            (
                #"{"drain":{"service":"10.0.0.1:80","address":"fd00::1"}}"#, 57,
                "real server fd00::1 is IPv6, VIP 10.0.0.1 IPv4: a mixed pair"
            ),
            (#"{"set-check-limit":0}"#, 32, "check-limit 0 is out of range"),
            (#"{"set-check-limit":"5"}"#, 32, "check-limit \"5\" is text in quotes"),
            (#"{"set-peers":"x"}"#, 26, "peers is \"x\"; expected a list"),
            (#"{"set-peers":["x"]}"#, 27, "peer \"x\" is no MAC address"),
            (#"{"set-source-mac":"x"}"#, 31, "unknown source-mac \"x\""),
            (
                #"{"set-timeouts":{"tcp":1,"udp":1}}"#, 29,
                "missing key \"tcp-fin\" in timeouts; expected at least tcp, tcp-fin, udp"
            ),
            (
                #"{"set-answers":{"no-flow":"drop","answers-per-second":1}}"#, 28,
                "missing key \"no-real-server\" in set-answers"
            ),
        ])
    func changes(_ change: String, _ column: Int, _ part: String) {
        check(Array("{\"changes\":[\(change)]}".utf8), 1, column, part)
    }

    @Test(
        "edits that can not be",
        arguments: [
            (#""address":"10.0.0.2""#, 54, "unknown key \"address\""),
            (#""real-servers":[]"#, 54, "unknown key \"real-servers\""),
            (#""scheduler":null"#, 66, "unknown scheduler \"null\""),
            (#""scheduler":"rr","scheduler-flags":["sh-port"]"#, 90, "scheduler rr has no flag sh"),
            (#""persistence":null,"persistence-mask":24"#, 92, "persistence-mask with persistence"),
            (#""persistence-mask":24"#, 73, "persistence-mask without persistence"),
            (#""one-packet":true"#, 67, "one-packet with protocol tcp"),
            (#""check":"none""#, 62, "a check is \"none\"; expected a mapping"),
            (#""sorry-server":"fd00::1""#, 69, "sorry server fd00::1 is IPv6"),
        ])
    func edits(_ keys: String, _ column: Int, _ part: String) {
        let edit = "{\"edit-service\":{\"service\":\"10.0.0.1:80\",\(keys)}}"
        check(Array("{\"changes\":[\(edit)]}".utf8), 1, column, part)
    }

    @Test("an added service has no real server that is its VIP; thresholds fit each other")
    func rules() {
        let service =
            #"{"add-service":{"address":"10.0.0.1","port":80,"scheduler":"rr","real-servers":"#
        check(
            Array("{\"changes\":[\(service)[{\"address\":\"10.0.0.1\"}]}}]}".utf8), 1, 104,
            "real server 10.0.0.1 is a VIP of this director")
        let edit = #"{"edit-real-server":{"service":"10.0.0.1:80","address":"10.0.1.1","#
        check(
            Array("{\"changes\":[\(edit)\"upper-threshold\":5,\"lower-threshold\":5}}]}".utf8), 1,
            117,
            "lower-threshold 5 is not less than upper-threshold 5")
    }

    @Test("all errors at once, in their order")
    func several() {
        let text = "{\"changes\":[\n{\"set-check-limit\":0},\n{\"set-source-mac\":1}\n]}"
        let failure = #expect(throws: ConfigurationFailure.self) {
            _ = try ChangesText.read(Array(text.utf8), name: "request", now: 0)
        }
        #expect(failure?.errors.compactMap(\.position?.line) == [2, 3])
    }
}
