using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for DestinationRules.</summary>
internal static class DestinationRuleRules
{
    public static void Check(DestinationRuleSpec spec, string? ns, Findings findings)
    {
        findings.Host("spec.host", spec.Host);
        TrafficPolicyRules.Check(spec.TrafficPolicy, "spec.trafficPolicy", findings);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < (spec.Subsets?.Count ?? 0); i++)
        {
            var subset = spec.Subsets![i];
            var path = $"spec.subsets[{i}]";
            if (string.IsNullOrEmpty(subset.Name) || !DomainNames.IsLabel(subset.Name))
            {
                findings.Error(path + ".name", string.IsNullOrEmpty(subset.Name) ? "is missing" : $"'{subset.Name}' is not a name", "use letters, digits and dashes");
            }
            else if (!names.Add(subset.Name))
            {
                findings.Error(path + ".name", $"there is another subset '{subset.Name}'", "give it another name");
            }

            findings.Labels(path + ".labels", subset.Labels);
            TrafficPolicyRules.Check(subset.TrafficPolicy, path + ".trafficPolicy", findings);
        }

        findings.ExportTo(spec.ExportTo, ns);
        if (spec.WorkloadSelector is not null && (spec.ExportTo ?? []).Any(entry => entry != "." && entry != ns))
        {
            findings.Error("spec.exportTo", "a rule with a workloadSelector is for its own namespace only", "give exportTo: [.], or remove one of them");
        }
    }
}

/// <summary>Istio's rules for traffic policies.</summary>
internal static class TrafficPolicyRules
{
    public static void Check(TrafficPolicy? policy, string path, Findings findings)
    {
        if (policy is null)
        {
            return;
        }

        if (policy == new TrafficPolicy())
        {
            findings.Error(path, "says nothing", "give it a setting, or remove it");
        }

        CheckBlocks(policy.LoadBalancer, policy.ConnectionPool, policy.OutlierDetection, policy.Tls, path, findings);
        for (var i = 0; i < (policy.PortLevelSettings?.Count ?? 0); i++)
        {
            var own = policy.PortLevelSettings![i];
            findings.Port($"{path}.portLevelSettings[{i}].port.number", own.Port?.Number, isRequired: true);
            CheckBlocks(own.LoadBalancer, own.ConnectionPool, own.OutlierDetection, own.Tls, $"{path}.portLevelSettings[{i}]", findings);
        }

        CheckRetryBudget(policy.RetryBudget, path + ".retryBudget", findings);
        if (policy.Tunnel is not null && policy.ProxyProtocol is not null)
        {
            findings.Error(path + ".proxyProtocol", "cannot be together with tunnel", "keep one of them");
        }
    }

    private static void CheckBlocks(
        LoadBalancerSettings? balancer, ConnectionPoolSettings? pool, OutlierDetection? outlier, ClientTLSSettings? tls, string path, Findings findings)
    {
        CheckBalancer(balancer, path + ".loadBalancer", findings);
        CheckPool(pool, path + ".connectionPool", findings);
        CheckOutlier(outlier, path + ".outlierDetection", findings);
        CheckTls(tls, path + ".tls", findings);
    }

    private static void CheckBalancer(LoadBalancerSettings? balancer, string path, Findings findings)
    {
        if (balancer?.Simple is not null && balancer.ConsistentHash is not null)
        {
            findings.Error(path, "has both simple and consistentHash", "give one of them");
        }

        findings.Duration(path + ".warmupDurationSecs", balancer?.WarmupDurationSecs);
        LoadBalancingRules.CheckHash(balancer?.ConsistentHash, path + ".consistentHash", findings);
        LoadBalancingRules.CheckWarmup(balancer?.Warmup, path + ".warmup", findings);
        LoadBalancingRules.CheckLocality(balancer?.LocalityLbSetting, path + ".localityLbSetting", findings);
    }

    private static void CheckPool(ConnectionPoolSettings? pool, string path, Findings findings)
    {
        if (pool is null)
        {
            return;
        }

        if (pool is { Tcp: null, Http: null })
        {
            findings.Error(path, "says nothing", "give tcp or http");
        }

        findings.NotNegative(path + ".tcp.maxConnections", pool.Tcp?.MaxConnections);
        findings.Duration(path + ".tcp.connectTimeout", pool.Tcp?.ConnectTimeout);
        findings.Duration(path + ".tcp.idleTimeout", pool.Tcp?.IdleTimeout, zeroAllowed: true);
        findings.Duration(path + ".tcp.maxConnectionDuration", pool.Tcp?.MaxConnectionDuration);
        findings.NotNegative(path + ".http.http1MaxPendingRequests", pool.Http?.Http1MaxPendingRequests);
        findings.NotNegative(path + ".http.http2MaxRequests", pool.Http?.Http2MaxRequests);
        findings.NotNegative(path + ".http.maxRequestsPerConnection", pool.Http?.MaxRequestsPerConnection);
        findings.NotNegative(path + ".http.maxRetries", pool.Http?.MaxRetries);
        findings.NotNegative(path + ".http.maxConcurrentStreams", pool.Http?.MaxConcurrentStreams);
        findings.Duration(path + ".http.idleTimeout", pool.Http?.IdleTimeout, zeroAllowed: true);
        if (pool.Http is { UseClientProtocol: true, H2UpgradePolicy: "UPGRADE" })
        {
            findings.Error(path + ".http.useClientProtocol", "cannot be together with h2UpgradePolicy UPGRADE", "keep one of them");
        }
    }

    private static void CheckRetryBudget(RetryBudget? budget, string path, Findings findings)
    {
        findings.Percent(path + ".percent", budget?.Percent);
        findings.NotNegative(path + ".minRetryConcurrency", budget?.MinRetryConcurrency);
        findings.Duration(path + ".budgetInterval", budget?.BudgetInterval, zeroAllowed: true);
    }

    private static void CheckOutlier(OutlierDetection? outlier, string path, Findings findings)
    {
        findings.NotNegative(path + ".consecutive5xxErrors", outlier?.Consecutive5xxErrors);
        findings.NotNegative(path + ".consecutiveGatewayErrors", outlier?.ConsecutiveGatewayErrors);
        findings.NotNegative(path + ".consecutiveLocalOriginFailures", outlier?.ConsecutiveLocalOriginFailures);
        findings.Duration(path + ".interval", outlier?.Interval);
        findings.Duration(path + ".baseEjectionTime", outlier?.BaseEjectionTime);
        findings.Percent(path + ".maxEjectionPercent", outlier?.MaxEjectionPercent);
        findings.Percent(path + ".minHealthPercent", outlier?.MinHealthPercent);
        if (outlier?.ConsecutiveErrors is not null)
        {
            findings.Warn(path + ".consecutiveErrors", "is deprecated", "use consecutive5xxErrors");
        }
    }

    private static void CheckTls(ClientTLSSettings? tls, string path, Findings findings)
    {
        switch (tls?.Mode)
        {
            case "MUTUAL" when tls.CredentialName is null && (tls.ClientCertificate is null || tls.PrivateKey is null):
                findings.Error(path, "MUTUAL needs a certificate of the client", "give clientCertificate and privateKey, or credentialName");
                break;
            case "ISTIO_MUTUAL" when tls.ClientCertificate is not null || tls.PrivateKey is not null || tls.CaCertificates is not null || tls.CredentialName is not null:
                findings.Error(path, "ISTIO_MUTUAL uses the mesh's certificates", "remove the certificates");
                break;
            case "SIMPLE" when tls.CaCertificates is null && tls.CredentialName is null && tls.InsecureSkipVerify != true:
                findings.Warn(path + ".caCertificates", "the server's certificate is checked against the system's authorities only", "give caCertificates");
                break;
        }
    }
}
