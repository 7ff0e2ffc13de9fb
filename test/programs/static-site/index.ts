import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

const config = new pulumi.Config();
const root = config.require("path");
const indexDocument = config.get("indexDocument") || "index.html";
const errorDocument = config.get("errorDocument") || "404.html";

const types: { [ending: string]: string } = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

const bucket = new aws.s3.Bucket("site", { tags: { Project: pulumi.getProject(), Stack: pulumi.getStack() } });

const website = new aws.s3.BucketWebsiteConfiguration("website", {
  bucket: bucket.bucket,
  indexDocument: { suffix: indexDocument },
  errorDocument: { key: errorDocument },
});

const ownership = new aws.s3.BucketOwnershipControls("ownership", {
  bucket: bucket.bucket,
  rule: { objectOwnership: "BucketOwnerEnforced" },
});

const access = new aws.s3.BucketPublicAccessBlock("access", { bucket: bucket.bucket, blockPublicAcls: true, blockPublicPolicy: false });

new aws.s3.BucketPolicy(
  "readable",
  {
    bucket: bucket.bucket,
    policy: bucket.arn.apply((arn) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: ["s3:GetObject"], Resource: [`${arn}/*`] }],
      }),
    ),
  },
  { dependsOn: [access] },
);

function upload(folder: string) {
  for (const entry of fs.readdirSync(folder).sort()) {
    const file = path.join(folder, entry);
    if (fs.statSync(file).isDirectory()) {
      upload(file);
      continue;
    }
    const key = path.relative(root, file).split(path.sep).join("/");
    new aws.s3.BucketObject(
      key,
      {
        bucket: bucket.bucket,
        key,
        source: new pulumi.asset.FileAsset(file),
        contentType: types[path.extname(file)],
      },
      { parent: bucket, dependsOn: ownership },
    );
  }
}
upload(root);

const cdn = new aws.cloudfront.Distribution("cdn", {
  enabled: true,
  origins: [
    {
      originId: bucket.arn,
      domainName: website.websiteEndpoint,
      customOriginConfig: { originProtocolPolicy: "http-only", httpPort: 80, httpsPort: 443, originSslProtocols: ["TLSv1.2"] },
    },
  ],
  defaultRootObject: indexDocument,
  defaultCacheBehavior: {
    targetOriginId: bucket.arn,
    viewerProtocolPolicy: "redirect-to-https",
    allowedMethods: ["GET", "HEAD", "OPTIONS"],
    cachedMethods: ["GET", "HEAD", "OPTIONS"],
    defaultTtl: 600,
    maxTtl: 600,
    minTtl: 600,
    forwardedValues: { queryString: true, cookies: { forward: "all" } },
  },
  priceClass: "PriceClass_100",
  customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: `/${errorDocument}` }],
  restrictions: { geoRestriction: { restrictionType: "none" } },
  viewerCertificate: { cloudfrontDefaultCertificate: true },
});

export const originUrl = pulumi.interpolate`http://${website.websiteEndpoint}`;
export const cdnUrl = pulumi.interpolate`https://${cdn.domainName}`;
