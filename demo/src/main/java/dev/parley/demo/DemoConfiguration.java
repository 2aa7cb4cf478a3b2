package dev.parley.demo;

import java.nio.file.Path;
import java.util.List;

/** The configuration that the demo serves, written as a user would write it. */
final class DemoConfiguration {
    static final String HTTP_LISTENER = "edge";
    static final String TCP_LISTENER = "tcp";

    private DemoConfiguration() {}

    /**
     * The text of parley.yaml: one port for HTTP, gRPC and WebSocket, each by its path, and one for TCP.
     *
     * @param port of the HTTP listener; the others take free ones
     */
    static String text(int port, List<Service> services, Path accessLog) {
        StringBuilder text = new StringBuilder();
        text.append("# What parley demo serves.\n");
        text.append("access_log: \"").append(accessLog).append("\"\n");
        text.append("admin: { port: 0 }\n");
        text.append("drain: 2s\n");
        text.append("zone: %s\n".formatted(Cast.OWN_ZONE));
        text.append("listeners:\n");
        text.append("  %s: { port: %d }\n".formatted(HTTP_LISTENER, port));
        text.append("  %s: { port: 0, protocol: tcp }\n".formatted(TCP_LISTENER));
        text.append("services:\n");
        services.forEach(service -> text.append(service(service)));
        text.append("routes:\n");
        services.forEach(service -> text.append(route(service)));
        return text.toString();
    }

    private static String service(Service service) {
        StringBuilder text = new StringBuilder("  %s:%n    endpoints:%n".formatted(service.name()));
        for (ServiceProcess process : service.processes()) {
            String zone = process.zone().isEmpty() ? "" : ", zone: " + process.zone();
            text.append("      - { address: \"%s\"%s }%n".formatted(process.address(), zone));
        }
        text.append("    outlier_detection: { ejection: 3s }%n".formatted());
        text.append(
                switch (service.protocol()) {
                    // GET is safe to send again, whatever came of it; an endpoint that hangs is waited for 3 s.
                    case HTTP -> """
                            health: { http: /health, interval: 500ms }
                            retries: { attempts: 5, statuses: [500], attempt_timeout: 3s }
                        """;
                    case GRPC -> """
                            protocol: http2
                            health: { interval: 500ms }
                            timeouts: { response: 4s }
                        """;
                    case WEBSOCKET, TCP -> "    health: { interval: 500ms }\n";
                });
        return text.toString();
    }

    private static String route(Service service) {
        // The machine of a demo has much else to do. What is to be seen is what faults do, and not what overload does:
        // none is shed.
        String more = switch (service.protocol()) {
            case HTTP -> ", budget: 20s, criticality: critical_plus";
            case GRPC -> ", budget: 10s, criticality: critical_plus";
            case WEBSOCKET, TCP -> ", criticality: critical_plus";
        };
        return service.protocol() == Protocol.TCP
                ? "  %s: { listener: %s, to: %s%s }\n".formatted(service.name(), TCP_LISTENER, service.name(), more)
                : "  %s: { listener: %s, path: %s, to: %s%s }\n"
                        .formatted(service.name(), HTTP_LISTENER, path(service), service.name(), more);
    }

    /** The path that leads to a service, of those that HTTP carries. */
    static String path(Service service) {
        // gRPC's paths are /package.Service/Method.
        return service.protocol() == Protocol.GRPC
                ? GrpcService.METHOD.substring(0, GrpcService.METHOD.lastIndexOf('/'))
                : "/" + service.name();
    }
}
