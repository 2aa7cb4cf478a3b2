package dev.parley.model;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Everything that a user configures. Maps keep the order of the file. */
public record Configuration(
        @Setting(value = "Where metrics and health of Parley itself are served.", def = "{}")
        Admin admin,

        @Setting(value = "Where the log of interactions goes, one JSON object a line.", def = "{}")
        AccessLog accessLog,

        @Setting(
                value = "How long connections may go on after their listener, their endpoint or Parley itself was told"
                        + " to stop; then they are cut.",
                def = "30s",
                source = "Kubernetes terminationGracePeriodSeconds")
        Duration drain,

        @Setting(
                value = "Threads that carry traffic; 0 means one for each CPU. Read at start only.",
                def = "0",
                source = "HAProxy nbthread, Envoy --concurrency")
        int eventLoops,

        @Setting(value = "The zone that this Parley is in; the endpoints of that zone are preferred.", def = "")
        String zone,

        @Setting(
                value =
                        "The folder for what must outlive a crash, as the answers to idempotency keys. Made with mode 0700 when it"
                                + " is first needed; read at start only.",
                def = "parley-state")
        String state,

        @Setting("Addresses that accept traffic, by name.") Map<String, Listener> listeners,
        @Setting("Pools of endpoints, by name.") Map<String, Service> services,
        @Setting("What goes where, by name.") Map<String, Route> routes) {

    public Configuration {
        Checks.range("event_loops", eventLoops, 0, 1024);
        Checks.notNegative("drain", drain);
    }

    /** The services that a UDP listener has a route to. */
    public Set<String> servicesByUdp() {
        Set<String> names = new HashSet<>();
        for (Route route : routes.values()) {
            Listener listener = listeners.get(route.listener());
            if (listener != null && listener.protocol() == Listener.Protocol.UDP) {
                route.to().ifPresent(to -> names.addAll(to.services().keySet()));
            }
        }
        return names;
    }

    /** The address that serves {@code /metrics}, {@code /healthz} and {@code /readyz}. */
    public record Admin(
            @Setting(value = "The address to listen on.", def = "127.0.0.1")
            String address,

            @Setting(value = "The TCP port; 0 takes a free one.", def = "9901", source = "Envoy's examples")
            int port,

            @Setting(value = "Whether there is an admin address at all.", def = "true")
            boolean enabled) {
        public Admin {
            Checks.range("port", port, 0, 65535);
        }
    }

    /** Where interactions are logged. */
    public record AccessLog(
            @Setting(
                    value =
                            "stdout, stderr, none, or the path of a file, which is made with mode 0600 and appended to.",
                    def = "stdout")
            String to,

            @Setting(
                    value = "Bytes of log lines that may wait for the disk; beyond it lines are dropped and counted"
                            + " (parley_access_log_lost_total), and traffic goes on.",
                    def = "4MiB")
            ByteSize buffer) {
        public AccessLog {
            Checks.atLeast("buffer", buffer, ByteSize.kib(256));
        }

        /** The short form is {@code to} alone. */
        @FromText
        public static AccessLog to(String destination) {
            return new AccessLog(destination, ByteSize.mib(4));
        }

        public boolean enabled() {
            return !to.equals("none");
        }
    }
}
