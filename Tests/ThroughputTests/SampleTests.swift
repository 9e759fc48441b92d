// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Throughput

struct SampleTests {
    private let line = """
        way=xdp time=2000000000 sent=2000 delivered=1000 bytes=64000 acks=600 used=1500000000 \
        idle=300000000 stolen=0

        """

    @Test("a flood's figure is what arrived in a second, and others' share of the CPU is told")
    func flood() throws {
        let sample = try #require(Sample(measured: line, unit: .framesPerSecond))
        #expect(sample.value == 500)
        #expect(sample.delivered == 0.5)
        #expect(abs(sample.foreign - 0.1) < 1e-9)
    }

    @Test("among new flows the established ones are told: half of what was sent")
    func alternately() throws {
        let sample = try #require(
            Sample(measured: line, unit: .framesPerSecond, alternately: true))
        #expect(sample.value == 300)
        #expect(sample.delivered == 0.6)
    }

    @Test("at a set rate the figure is the director's time for a frame that arrived")
    func rate() throws {
        let sample = try #require(Sample(measured: line, unit: .nanosecondsPerFrame))
        #expect(sample.value == 1_500_000)
    }

    @Test("what is no measurement is none", arguments: ["", "way=xdp", "time=0 sent=1"])
    func broken(_ text: String) {
        #expect(Sample(measured: text, unit: .framesPerSecond) == nil)
    }

    @Test("wrk's rate and times are read, whatever their unit")
    func wrk() throws {
        let text = """
            Running 1s test @ http://192.168.142.100/
              1 threads and 16 connections
              Latency Distribution
                 50%  412.00us
                 75%  600.00us
                 99%    1.20ms
              22318 requests in 1.10s, 5.41MB read
            Requests/sec:  20288.85
            Transfer/sec:      4.92MB
            """
        let sample = try #require(Sample(wrk: text))
        #expect(sample.value == 20288.85)
        #expect(sample.latency == Sample.Latency(median: 0.412, ninetyNinth: 1.2))
    }

    @Test("iperf3's figure is what the receiver got")
    func iperf() throws {
        let text = """
            [ ID] Interval           Transfer     Bitrate         Retr
            [  5]   0.00-1.00   sec   512 MBytes  4295000 Kbits/sec   12             sender
            [  5]   0.00-1.00   sec   500 MBytes  4194304 Kbits/sec                  receiver
            """
        #expect(try #require(Sample(iperf: text)).value == 4_194_304_000)
    }
}
