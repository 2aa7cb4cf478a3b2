package dev.parley.config;

import dev.parley.model.CertificateFiles;
import dev.parley.model.Configuration;
import dev.parley.model.FileName;
import dev.parley.model.ListenerTls;
import dev.parley.model.Problem;
import dev.parley.model.ServiceTls;
import dev.parley.model.certificate.CertificateChain;
import dev.parley.model.certificate.Certificates;
import dev.parley.model.certificate.UnusableCertificateException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks into the files of certificates, keys and authorities that a configuration names. Not in the model's admission, which
 * opens nothing. What cannot be used is a problem; what can be and will be of no use to peers is a warning.
 */
final class CertificateChecks {
    private final Instant now;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    private CertificateChecks(Instant now) {
        this.now = now;
    }

    /** What is wrong with files, and what is odd. */
    record Found(List<Problem> problems, List<Problem> warnings) {}

    static Found in(Configuration configuration, Instant now) {
        CertificateChecks checks = new CertificateChecks(now);
        configuration
                .listeners()
                .forEach((name, listener) ->
                        listener.tls().ifPresent(tls -> checks.listener("listeners." + name + ".tls", tls)));
        configuration
                .services()
                .forEach((name, service) ->
                        service.tls().ifPresent(tls -> checks.service("services." + name + ".tls", tls)));
        return new Found(List.copyOf(checks.problems), List.copyOf(checks.warnings));
    }

    /** All files that a configuration names, whose change is a change of it. */
    static Set<FileName> files(Configuration configuration) {
        Set<FileName> files = new HashSet<>();
        configuration
                .listeners()
                .values()
                .forEach(listener -> listener.tls().ifPresent(tls -> {
                    tls.certificates().forEach(each -> add(each, files));
                    files.addAll(tls.clientCa());
                }));
        configuration
                .services()
                .values()
                .forEach(service -> service.tls().ifPresent(tls -> {
                    tls.certificate().ifPresent(each -> add(each, files));
                    files.addAll(tls.ca());
                }));
        return files;
    }

    private static void add(CertificateFiles each, Set<FileName> to) {
        to.add(each.certificate());
        to.add(each.key());
    }

    private void listener(String path, ListenerTls tls) {
        for (int i = 0; i < tls.certificates().size(); i++) {
            chain(
                    path + ".certificates" + (tls.certificates().size() == 1 ? "" : "[" + i + "]"),
                    tls.certificates().get(i));
        }
        authorities(path + ".client_ca", tls.clientCa());
    }

    private void service(String path, ServiceTls tls) {
        tls.certificate().ifPresent(files -> chain(path + ".certificate", files));
        authorities(path + ".ca", tls.ca());
        if (tls.verify() == ServiceTls.Verify.OFF) {
            warnings.add(new Problem(
                    "tls-not-verified",
                    path + ".verify",
                    "endpoints' certificates are not looked at.",
                    "Whoever can reach the network in between can read and change all of it.",
                    "Name their authority in ca, and remove verify: off."));
        }
    }

    private void chain(String path, CertificateFiles files) {
        try {
            CertificateChain chain = CertificateChain.read(files);
            Instant ends = chain.ends().truncatedTo(ChronoUnit.SECONDS);
            if (!ends.isAfter(now)) {
                warnings.add(new Problem(
                        "certificate-expired",
                        path,
                        "the certificate in %s expired at %s.".formatted(files.certificate(), ends),
                        "Peers refuse it.",
                        "Renew it; the new one is taken when the file changes."));
            }
            Instant begins = chain.leaf().getNotBefore().toInstant();
            if (begins.isAfter(now)) {
                warnings.add(new Problem(
                        "certificate-not-yet-valid",
                        path,
                        "the certificate in %s is valid from %s only.".formatted(files.certificate(), begins),
                        "Peers refuse it until then.",
                        "Look at this machine's clock, or use another certificate until then."));
            }
        } catch (UnusableCertificateException unusable) {
            problems.add(problem(path, unusable));
        }
    }

    private void authorities(String path, List<FileName> files) {
        for (int i = 0; i < files.size(); i++) {
            try {
                Certificates.read(List.of(files.get(i)));
            } catch (UnusableCertificateException unusable) {
                problems.add(problem(path + (files.size() == 1 ? "" : "[" + i + "]"), unusable));
            }
        }
    }

    private static Problem problem(String path, UnusableCertificateException unusable) {
        return new Problem("bad-certificate", path, unusable.what(), "", unusable.fix());
    }
}
