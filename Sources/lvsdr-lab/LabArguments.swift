// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Lab
public import Throughput

extension LabName: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension Fault: ExpressibleByArgument {}
extension Bench.Generator: ExpressibleByArgument {}
