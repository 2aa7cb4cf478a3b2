package dev.parley.demo;

import java.util.List;

/**
 * One service of the demo.
 *
 * @param name in the configuration, and the beginning of its processes' names
 * @param processes its endpoints, each a process
 */
record Service(String name, Protocol protocol, List<ServiceProcess> processes) {
    Service {
        processes = List.copyOf(processes);
    }

    /** Whether a kill or a freeze of one of its endpoints can be why a connection breaks now. */
    boolean hurtLately() {
        return processes.stream().anyMatch(ServiceProcess::hurtLately);
    }

    /** The endpoints whose processes run. */
    long alive() {
        return processes.stream().filter(ServiceProcess::isAlive).count();
    }
}
