// az deployment group create -g rlhf -f deploy/azure/main.bicep -p image=registry.example.com/rlhf:1 \
//   operatorKeySha256=$(printf %s "$KEY" | sha256sum | cut -c1-64)
// A storage account (tables for everything, a share for the checkpoints of training jobs) and an environment of container
// apps with one app for each role. The learner's has a GPU.

@description('Where it all is; the region must offer the GPU profile.')
param location string = resourceGroup().location

@description('The image that deploy/Dockerfile builds, with TORCH_BACKEND=cuda for the GPU.')
param image string

@description('The GPU profile of the learner.')
@allowed(['Consumption-GPU-NC8as-T4', 'Consumption-GPU-NC24-A100'])
param gpuProfile string = 'Consumption-GPU-NC8as-T4'

@description('Replicas that serve; two at least, so that an upgrade or a dead machine stops nobody.')
@minValue(2)
@maxValue(100)
param servingReplicas int = 2

@description('The SHA-256, in hex, of the operators\' first key. Others are made with the command keys.')
@minLength(64)
@maxLength(64)
param operatorKeySha256 string

var name = 'rlhf${uniqueString(resourceGroup().id)}'
var connection = 'DefaultEndpointsProtocol=https;AccountName=${storage.name};AccountKey=${storage.listKeys().keys[0].value};TableEndpoint=${storage.properties.primaryEndpoints.table}'
var settings = [
  { name: 'Storage__Provider', value: 'azure-tables' }
  { name: 'Storage__ConnectionString', secretRef: 'storage' }
  { name: 'Clustering__Provider', value: 'azure-tables' }
  { name: 'Keys__Configured__0__Client', value: 'operator' }
  { name: 'Keys__Configured__0__Sha256', value: operatorKeySha256 }
  { name: 'Keys__Configured__0__Roles', value: 'operate' }
]
var probes = [
  { type: 'Startup', httpGet: { path: '/health/live', port: 8080 }, initialDelaySeconds: 5, periodSeconds: 30, failureThreshold: 10 }
  { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
  { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 5, timeoutSeconds: 5 }
]
var secrets = [
  { name: 'storage', value: connection }
]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: take(name, 24)
  location: location
  sku: { name: 'Standard_ZRS' }
  kind: 'StorageV2'
  properties: {
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: false
  }
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource jobs 'Microsoft.Storage/storageAccounts/fileServices/shares@2023-05-01' = {
  parent: files
  name: 'jobs'
  properties: { shareQuota: 100 }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  properties: { retentionInDays: 30 }
}

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: name
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
    workloadProfiles: [
      { name: 'Consumption', workloadProfileType: 'Consumption' }
      { name: 'gpu', workloadProfileType: gpuProfile }
    ]
  }
}

resource checkpoints 'Microsoft.App/managedEnvironments/storages@2025-07-01' = {
  parent: environment
  name: 'jobs'
  properties: {
    azureFile: {
      accountName: storage.name
      accountKey: storage.listKeys().keys[0].value
      shareName: jobs.name
      accessMode: 'ReadWrite'
    }
  }
}

resource api 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'api'
  location: location
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      secrets: secrets
      ingress: { external: true, targetPort: 8080, transport: 'http' }
    }
    template: {
      terminationGracePeriodSeconds: 135
      containers: [
        {
          name: 'api'
          image: image
          env: concat(settings, [{ name: 'Roles', value: 'api' }])
          probes: probes
          resources: { cpu: 1, memory: '2Gi' }
        }
      ]
      scale: { minReplicas: 2, maxReplicas: 10 }
    }
  }
}

resource serving 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'serving'
  location: location
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: { secrets: secrets }
    template: {
      terminationGracePeriodSeconds: 135
      containers: [
        {
          name: 'serving'
          image: image
          env: concat(settings, [{ name: 'Roles', value: 'serving' }, { name: 'Serving__Threads', value: '4' }])
          probes: probes
          resources: { cpu: 4, memory: '8Gi' }
        }
      ]
      scale: { minReplicas: servingReplicas, maxReplicas: servingReplicas }
    }
  }
}

resource learner 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'learner'
  location: location
  properties: {
    environmentId: environment.id
    workloadProfileName: 'gpu'
    configuration: { secrets: secrets }
    template: {
      terminationGracePeriodSeconds: 135
      containers: [
        {
          name: 'learner'
          image: image
          env: concat(settings, [
            { name: 'Roles', value: 'learner' }
            { name: 'Learner__Device', value: 'cuda' }
            { name: 'Learner__JobsFolder', value: '/jobs' }
          ])
          probes: probes
          resources: { cpu: 8, memory: '56Gi' }
          volumeMounts: [{ volumeName: 'jobs', mountPath: '/jobs' }]
        }
      ]
      scale: { minReplicas: 1, maxReplicas: 1 }
      volumes: [{ name: 'jobs', storageType: 'AzureFile', storageName: checkpoints.name }]
    }
  }
}

@description('Where clients send their requests.')
output address string = 'https://${api.properties.configuration.ingress.fqdn}'
