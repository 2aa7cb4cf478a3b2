package dev.parley.model;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which calls of gRPC a route is for. A call's path is its service and its method, {@code /pay.v1.Payments/Charge}, and that is
 * what is matched, with POST, as the Gateway API's GRPCRoute does. The content type is not looked at: gRPC-Web and Connect ask for
 * the same methods by the same paths.
 */
public record GrpcMatch(
        @Setting("The full name of the service: pay.v1.Payments. Any where it is not given.")
        Optional<String> service,

        @Setting("The name of the method: Charge. Any where it is not given.")
        Optional<String> method,

        @Setting(
                value = "How both are compared: exact, or regex, of RE2's syntax and over the whole name.",
                def = "exact",
                source = "Gateway API")
        Type type) {
    private static final Pattern SERVICE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** How names are compared. */
    public enum Type {
        EXACT,
        REGEX
    }

    public GrpcMatch {
        if (service.isEmpty() && method.isEmpty()) {
            throw new IllegalArgumentException(
                    "grpc names neither a service nor a method. Leave grpc out to match any request.");
        }
        if (type == Type.EXACT) {
            service.ifPresent(name -> require("service", name, SERVICE, "pay.v1.Payments"));
            method.ifPresent(name -> require("method", name, METHOD, "Charge"));
        } else {
            service.ifPresent(regex -> requireNotEmpty("service", regex));
            method.ifPresent(regex -> requireNotEmpty("method", regex));
        }
    }

    private static void require(String setting, String name, Pattern form, String example) {
        if (!form.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "%s is '%s', which is no name in protobuf. Write it as in the .proto file: %s; or set type: regex."
                            .formatted(setting, name, example));
        }
    }

    private static void requireNotEmpty(String setting, String regex) {
        if (regex.isEmpty()) {
            throw new IllegalArgumentException("%s is an empty regex.".formatted(setting));
        }
    }

    /** The short form: a service, or a service and a method with a slash between them. */
    @FromText
    public static GrpcMatch of(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new GrpcMatch(Optional.of(text), Optional.empty(), Type.EXACT)
                : new GrpcMatch(
                        Optional.of(text.substring(0, slash)), Optional.of(text.substring(slash + 1)), Type.EXACT);
    }

    /**
     * The paths of these calls: one exactly, all below a service, or one method of any service. Any of these finds its route by
     * hash; only {@code type: regex} costs an expression.
     */
    public PathMatch path() {
        if (type == Type.REGEX) {
            return new PathMatch.Regex("/(?:%s)/(?:%s)".formatted(service.orElse("[^/]+"), method.orElse("[^/]+")));
        }
        if (service.isEmpty()) {
            return new PathMatch.Template("/{service}/" + method.orElseThrow());
        }
        return method.<PathMatch>map(name -> new PathMatch.Exact("/" + service.get() + "/" + name))
                .orElseGet(() -> new PathMatch.Prefix("/" + service.get()));
    }
}
