package dev.parley.demo;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

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
        String endpoints =
                service.processes().stream().map(ServiceProcess::address).collect(Collectors.joining(", "));
        String protocol = service.protocol() == Protocol.GRPC ? "    protocol: http2\n" : "";
        String health = service.protocol() == Protocol.HTTP ? "http: /health, " : "";
        return "  %s:\n%s    endpoints: [%s]\n    health: { %sinterval: 500ms }\n"
                .formatted(service.name(), protocol, endpoints, health);
    }

    private static String route(Service service) {
        return service.protocol() == Protocol.TCP
                ? "  %s: { listener: %s, to: %s }\n".formatted(service.name(), TCP_LISTENER, service.name())
                : "  %s: { listener: %s, path: %s, to: %s }\n"
                        .formatted(service.name(), HTTP_LISTENER, path(service), service.name());
    }

    /** The path that leads to a service, of those that HTTP carries. */
    static String path(Service service) {
        // gRPC's paths are /package.Service/Method.
        return service.protocol() == Protocol.GRPC
                ? GrpcService.METHOD.substring(0, GrpcService.METHOD.lastIndexOf('/'))
                : "/" + service.name();
    }
}
