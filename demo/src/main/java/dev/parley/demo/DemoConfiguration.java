package dev.parley.demo;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The configuration that the demo serves, written as a user would write it. */
final class DemoConfiguration {
    static final String HTTP_LISTENER = "edge";
    static final String TCP_LISTENER = "tcp";

    private DemoConfiguration() {}

    /**
     * The text of parley.yaml: a path for each HTTP service, and a TCP listener for the echo service.
     *
     * @param port of the HTTP listener; the others take free ones
     */
    static String text(int port, Map<String, List<ServiceProcess>> services, Path accessLog) {
        StringBuilder text = new StringBuilder();
        text.append("# What parley demo serves.\n");
        text.append("access_log: \"").append(accessLog).append("\"\n");
        text.append("admin: { port: 0 }\n");
        text.append("drain: 2s\n");
        text.append("listeners:\n");
        text.append("  %s: { port: %d }\n".formatted(HTTP_LISTENER, port));
        text.append("  %s: { port: 0, protocol: tcp }\n".formatted(TCP_LISTENER));
        text.append("services:\n");
        services.forEach((name, processes) -> text.append(service(name, processes)));
        text.append("routes:\n");
        for (String name : services.keySet()) {
            text.append(
                    name.equals(Cast.TCP_SERVICE)
                            ? "  %s: { listener: %s, to: %s }\n".formatted(name, TCP_LISTENER, name)
                            : "  %s: { listener: %s, path: /%s, to: %s }\n".formatted(name, HTTP_LISTENER, name, name));
        }
        return text.toString();
    }

    private static String service(String name, List<ServiceProcess> processes) {
        String endpoints = processes.stream().map(ServiceProcess::address).collect(Collectors.joining(", "));
        String health = name.equals(Cast.TCP_SERVICE) ? "tcp" : "{ http: /health, interval: 500ms }";
        return "  %s:\n    endpoints: [%s]\n    health: %s\n".formatted(name, endpoints, health);
    }
}
