// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Glibc
import LVSModel
import Logging

extension FlowOrigin {
    /// What stays wrong as long as the daemon runs, a sentence each.
    func problems(_ settings: DirectorSettings) -> [String] {
        guard let refusal else { return [] }
        let cause = unsafe String(cString: strerror(refusal.code))
        let remedy =
            refusal.code == ENOSPC
            ? "make room there or lower flow-capacity, then restart lvsdrd"
            : "mend that, then restart lvsdrd"
        return [
            """
            flows will not outlive this lvsdrd: it cannot \(refusal.operation) \
            \(isInKernel ? settings.flowPin : settings.flowFile) (\(mebibytes) MiB): \(cause); \
            \(remedy)
            """
        ]
    }

    /// Says what became of an earlier run's flows.
    func describe(to logger: Logger, _ settings: DirectorSettings) {
        for problem in problems(settings) { logger.warning("\(problem)") }
        if let damage {
            let path = damageIsInKernel ? settings.flowPin : settings.flowFile
            let fate = setAside.map { "it was renamed to \($0)" } ?? "it could not be kept"
            logger.warning(
                """
                the flows of an earlier run are forgotten: \(path) can not be trusted, for \
                \(damage); \(fate)
                """)
        }
        if restored > 0 {
            logger.info("\(restored) flow\(restored == 1 ? "" : "s") of an earlier run will go on")
        }
        if lost > 0 {
            logger.warning(
                """
                \(lost) flow\(lost == 1 ? "" : "s") of an earlier run found no room; raise \
                flow-capacity, which is \(settings.flowCapacity)
                """)
        }
    }

    private var mebibytes: UInt64 { (fileSize + 0xF_FFFF) >> 20 }
}
