/**
 * Certificates, keys and authorities as they come out of PEM files: read, matched with each other, and judged by their dates.
 * The JDK only; no connection and no library of TLS. Start at {@link dev.parley.model.certificate.CertificateChain}.
 */
@NullMarked
package dev.parley.model.certificate;

import org.jspecify.annotations.NullMarked;
