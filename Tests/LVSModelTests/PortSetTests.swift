// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("A set of ports")
struct PortSetTests {
    private func ports(_ text: String) throws -> PortSet {
        try #require(PortSet(text))
    }

    @Test(
        "text becomes a set, which is written in order and without neighbours apart",
        arguments: [
            ("80", "80"), ("1", "1"), ("65535", "65535"), ("80,443", "80,443"),
            ("443,80", "80,443"), ("8000-8100", "8000-8100"), ("80-80", "80"),
            ("21,50000-50100", "21,50000-50100"), ("1-65535", "1-65535"), ("any", "any"),
            ("80,81", "80-81"), ("82,80,81", "80-82"), ("1-10,11-20,22", "1-20,22"),
            ("65534,65535", "65534-65535"),
        ])
    func valid(text: String, written: String) throws {
        #expect(try ports(text).description == written)
        #expect(try ports(written) == ports(text))
    }

    @Test(
        "what is no set of ports is refused",
        arguments: [
            ("", "nothing"), ("0", "port 0"), ("0-80", "port 0 in a range"),
            ("65536", "over 65535"), ("80-65536", "a range that ends over 65535"),
            ("443-80", "a range that ends before it begins"), ("80,80", "a port twice"),
            ("80-90,85", "a port in a range"), ("1-65535,65535", "a port at a range's end"),
            ("80,", "an empty part"), (",80", "an empty part first"), ("80,,81", "an empty part"),
            ("-80", "a range without a begin"), ("80-", "a range without an end"),
            ("1-2-3", "a range of three"), ("080", "a leading zero"), ("80-090", "a leading zero"),
            ("+80", "a sign"), ("80, 443", "a blank"), ("http", "a name"), ("ANY", "capitals"),
            ("any,80", "any beside a port"), ("\u{664}\u{664}", "digits of another script"),
        ])
    func invalid(text: String, reason: String) {
        #expect(PortSet(text) == nil, "\(reason)")
    }

    @Test("64 ranges are the most, after neighbours are joined")
    func limit() {
        let apart = (1...65).map { "\($0 * 2)" }
        #expect(PortSet(apart.dropLast().joined(separator: ","))?.ranges.count == 64)
        #expect(PortSet(apart.joined(separator: ",")) == nil)
        #expect(PortSet((1...65).map { "\($0)" }.joined(separator: ","))?.description == "1-65")
    }

    @Test("one port is that port, and 0 is any, as in ipvsadm")
    func one() {
        #expect(PortSet(80).single == 80)
        #expect(PortSet(80).first == 80)
        #expect(PortSet(0) == .any)
        #expect(PortSet.any.single == nil)
        #expect(PortSet.any.first == 0)
        #expect(PortSet.any.isAny)
    }

    @Test("several ports have a lowest one, and no single one")
    func several() throws {
        #expect(try ports("443,80").first == 80)
        #expect(try ports("443,80").single == nil)
        #expect(try ports("80-81").single == nil)
        #expect(try !ports("1-65535").isAny)
    }

    @Test("a port is in it, or not")
    func membership() throws {
        let set = try ports("21,8000-8100")
        #expect([21, 8_000, 8_050, 8_100].allSatisfy(set.contains))
        #expect(![1, 20, 22, 7_999, 8_101, 65_535].contains(where: set.contains))
        #expect(PortSet.any.contains(1) && PortSet.any.contains(65_535))
    }

    @Test(
        "sets overlap when a port is in both; any gives way to others",
        arguments: [
            ("80", "80", true), ("80", "81", false), ("80,443", "443,8080", true),
            ("80-90", "90-100", true), ("80-90", "91-100", false), ("1-65535", "443", true),
            ("any", "80", false), ("any", "1-65535", false), ("any", "any", true),
        ])
    func overlap(left: String, right: String, isTrue: Bool) throws {
        #expect(try ports(left).overlaps(ports(right)) == isTrue)
        #expect(try ports(right).overlaps(ports(left)) == isTrue)
    }

    @Test("the order is that of the ports, any first")
    func order() throws {
        let texts = ["any", "1-65535", "80", "80,443", "80-90", "443", "8080"]
        let sets = try texts.map(ports)
        #expect(sets.reversed().sorted().map(\.description) == texts)
    }
}
