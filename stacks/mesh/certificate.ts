import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const hours = { year: 8760, month: 720 };

/** A certificate signed by itself for every host of the domain, as the Secret that the gateway reads. Real domains get theirs from an authority. */
export function certificate(domain: string, namespace: pulumi.Input<string>, options: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const key = new tls.PrivateKey("gateway", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const signed = new tls.SelfSignedCert("gateway", {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: domain, organization: "Acme" },
    dnsNames: [domain, `*.${domain}`],
    validityPeriodHours: hours.year,
    earlyRenewalHours: hours.month,
    allowedUses: ["digital_signature", "server_auth"],
  });
  const secret = new k8s.core.v1.Secret(
    "gateway-tls",
    {
      metadata: { name: "gateway-tls", namespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": signed.certPem, "tls.key": key.privateKeyPem },
    },
    options,
  );
  return secret.metadata.name;
}
