package dev.parley.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority and what it signs, as PEM files in one folder, made by openssl: ECDSA on P-256. */
public final class Pki {
    private final Path folder;
    private final String authority;

    private Pki(Path folder, String authority) {
        this.folder = folder;
        this.authority = authority;
    }

    /** A certificate and its key. */
    public record Issued(Path certificate, Path key) {
        /** As a value of {@code certificates} in a configuration. */
        public String yaml() {
            return "{ certificate: %s, key: %s }".formatted(certificate, key);
        }
    }

    /** Makes an authority, whose files bear its name. */
    public static Pki make(Path folder, String authority) throws IOException, InterruptedException {
        Programs.require("openssl");
        Pki pki = new Pki(folder, authority);
        pki.openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout %s.key -out %s.pem"
                                .formatted(authority, authority)
                        + " -subj /CN=%s".formatted(authority),
                "-addext",
                "basicConstraints=critical,CA:TRUE",
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign");
        return pki;
    }

    /** The authority's certificate. */
    public Path ca() {
        return folder.resolve(authority + ".pem");
    }

    /** Signs a certificate for 30 days from now, with alternatives as openssl writes them: {@code DNS:localhost}. */
    public Issued issue(String name, String alternatives) throws IOException, InterruptedException {
        return issue(name, alternatives, "-days", "30");
    }

    /** Signs one that ended yesterday. */
    public Issued issueExpired(String name, String alternatives) throws IOException, InterruptedException {
        return issue(name, alternatives, "-days", "-1");
    }

    private Issued issue(String name, String alternatives, String... dates) throws IOException, InterruptedException {
        Path extensions = Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=" + alternatives + "\n");
        openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr -subj /CN=%s"
                .formatted(name, name, name));
        List<String> last = new ArrayList<>(Arrays.asList(dates));
        last.add("-extfile");
        last.add(extensions.toString());
        openssl(
                "x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -out %s.pem"
                        .formatted(name, authority, authority, name),
                last.toArray(new String[0]));
        return new Issued(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
    }

    private void openssl(String arguments, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(Bounds.waitMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
            throw new IOException(command + " failed: " + said);
        }
    }
}
