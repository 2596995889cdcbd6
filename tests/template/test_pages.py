"""The pages: private where they are kept, strict where they are read."""

from typing import Any

from localstack.site import page_headers
from tests.support.template import Template, reference

# What CloudFront refuses among custom headers: it has parts of the policy of its own.
NOT_CUSTOM = {
    *{"access-control-allow-credentials", "access-control-allow-headers"},
    *{"access-control-allow-methods", "access-control-allow-origin"},
    *{"access-control-expose-headers", "access-control-max-age"},
    *{"content-security-policy", "referrer-policy", "strict-transport-security"},
    *{"x-content-type-options", "x-frame-options", "x-xss-protection"},
}


def policy_of(template: Template, name: str) -> dict[str, Any]:
    policies = template.of_type("AWS::CloudFront::ResponseHeadersPolicy")
    config: dict[str, Any] = policies[name]["ResponseHeadersPolicyConfig"]
    return config


def directives(text: str) -> dict[str, str]:
    parts = (" ".join(part.split()) for part in text.split(";"))
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


def test_the_bucket_is_private_and_read_by_our_distribution_alone(template: Template) -> None:
    bucket = template.of_type("AWS::S3::Bucket")["PagesBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "WebsiteConfiguration" not in bucket
    policy = template.of_type("AWS::S3::BucketPolicy")["PagesBucketPolicy"]
    allowed, denied = policy["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    source = allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    assert source.endswith("distribution/${PagesDistribution}")
    assert denied["Effect"] == "Deny"


def test_the_distribution_signs_what_it_reads_and_speaks_https(template: Template) -> None:
    config = template.of_type("AWS::CloudFront::Distribution")["PagesDistribution"][
        "DistributionConfig"
    ]
    (origin,) = config["Origins"]
    assert reference(origin["DomainName"]) == "PagesBucket"
    assert reference(origin["OriginAccessControlId"]) == "PagesAccess"
    access = template.of_type("AWS::CloudFront::OriginAccessControl")["PagesAccess"]
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    behaviours = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    assert {b["ViewerProtocolPolicy"] for b in behaviours} == {"redirect-to-https"}
    policies = [reference(b["ResponseHeadersPolicyId"]) for b in behaviours]
    assert policies == ["PagesHeaders", "PagesWidgetHeaders"]


def test_pages_may_do_on_aws_what_they_may_do_here(template: Template) -> None:
    here = page_headers()
    for name in ("PagesHeaders", "PagesWidgetHeaders"):
        headers = policy_of(template, name)["SecurityHeadersConfig"]
        text, _ = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
        there = directives(text)
        sources = there.pop("connect-src").split()
        local = directives(str(here["content-security-policy"]))
        assert sources[0] == local.pop("connect-src")
        assert all(source.startswith("https://") for source in sources[1:])
        assert there == local
        assert headers["ContentTypeOptions"] == {"Override": True}
        assert headers["FrameOptions"]["FrameOption"] == here["x-frame-options"]
        assert headers["ReferrerPolicy"]["ReferrerPolicy"] == here["referrer-policy"]
        assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    items = policy_of(template, "PagesHeaders")["CustomHeadersConfig"]["Items"]
    for item in items:
        assert here[item["Header"]] == item["Value"]


def test_no_header_stands_where_cloudfront_refuses_it(template: Template) -> None:
    for name in template.of_type("AWS::CloudFront::ResponseHeadersPolicy"):
        items = policy_of(template, name)["CustomHeadersConfig"]["Items"]
        assert {item["Header"].lower() for item in items} & NOT_CUSTOM == set(), name


def test_pages_of_others_may_load_the_widget_and_nothing_else(template: Template) -> None:
    cors = policy_of(template, "PagesWidgetHeaders")["CorsConfig"]

    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert cors["AccessControlAllowCredentials"] is False
    assert cors["OriginOverride"] is True
    assert "CorsConfig" not in policy_of(template, "PagesHeaders")


def test_one_machine_needs_no_distribution(template: Template) -> None:
    for name, resource in template.resources.items():
        if name.startswith("Pages"):
            assert resource["Condition"] == "ServesPages", name
    assert template.document["Conditions"]["ServesPages"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]
    }
